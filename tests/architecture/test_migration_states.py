"""`migrate` renders few models, and those that it has in the end are the ones that Django would have."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState, StateApps

from common.migration_states import few_models_rendered

pytestmark = pytest.mark.static

AT_MOST = 1_500
"""Renderings of a model in one `migrate`; about four hundred operations on a hundred models were 30,000."""


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models in the order in which they were rendered."""
    names: list[str] = []
    render = ModelState.render

    def note(self: ModelState, apps: Any) -> Any:
        names.append(self.name)
        return render(self, apps)

    monkeypatch.setattr(ModelState, "render", note)
    return names


def describe_models(apps: Any) -> dict[str, Any]:
    """Return of each model what operations read: its fields, whose model is current, who leads to it, its rules."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        found[meta.label] = {
            "table": meta.db_table,
            "fields": {field.name: repr(field.deconstruct()[1:]) for field in meta.local_fields},
            "current": all(
                field.remote_field.model is apps.get_model(field.remote_field.model._meta.label)
                for field in meta.local_fields
                if field.remote_field
            ),
            "leads here": sorted(
                f"{relation.related_model._meta.label}.{relation.field.name}"
                for relation in meta.get_fields(include_hidden=True)
                if relation.auto_created and not relation.concrete
            ),
            "rules": [repr(rule.deconstruct()) for rule in (*meta.indexes, *meta.constraints)],
        }
    return found


def test_models_rendered_one_by_one_are_those_rendered_at_once(rendered: list[str]) -> None:
    loader = MigrationLoader(None)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    assert state.apps is not None
    plan = dict.fromkeys(key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))
    with few_models_rendered():
        for key in plan:
            loader.graph.nodes[key].mutate_state(state, preserve=False)
    assert 100 < len(rendered) < AT_MOST
    described = describe_models(state.apps)
    assert len(described) > 100
    assert described == describe_models(StateApps(list(state.real_apps), state.models))
