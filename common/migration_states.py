"""`migrate` in seconds: a new table, index or constraint changes no model but its own.

Django renders every model that is related to the changed one again, because a class that was replaced may be held by
others. All our tables hang on the merchant, so four hundred operations rendered a hundred models each: most of the time
that an installation waits for its tables. Nothing holds a class that is new, and an index replaces no class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations.state import ModelState, ProjectState


@contextmanager
def few_models_rendered() -> Iterator[None]:
    """For the time of the block, states of migrations render what changed and nothing beside it."""
    with (
        patch.object(ProjectState, "add_model", _add_model),
        patch.object(ProjectState, "_append_option", _append_option),
    ):
        yield


def _add_model(state: Any, model_state: ModelState) -> None:
    key = model_state.app_label, model_state.name_lower
    is_new = key not in state.models
    state.models[key] = model_state
    if state._relations is not None:
        state.resolve_model_relations(key)
    if not _is_rendered(state):
        return
    if is_new:
        state.apps.render_multiple([model_state])
    else:
        state.reload_model(*key)


def _append_option(state: Any, app_label: str, model_name: str, option_name: str, added: Any) -> None:
    options = state.models[app_label, model_name].options
    options[option_name] = [*options[option_name], added]
    if _is_rendered(state):
        # The class stays: what alters its fields later must know which indexes are not the field's own.
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, list(options[option_name]))


def _is_rendered(state: Any) -> bool:
    return "apps" in state.__dict__
