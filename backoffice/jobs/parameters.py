"""What jobs are asked for whose result is a page: the pages of jobs lead there by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from common.ids import uuid_or_none

MEMBERS_TAG: Final = "members_tag"
"""The kind of job that gives or takes a tag."""


@dataclass(frozen=True)
class MembersTagJob:
    """What a job of this kind is asked for: the list's filters as in its address, and the tag.

    `tag` is a name where it is given, an id where it `is_taken` away. `batch_id`: what one action gave is taken back,
    whatever the filters say.
    """

    query: str
    tag: str
    is_taken: bool
    batch_id: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "batch_id": str(self.batch_id) if self.batch_id else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MembersTagJob:
        return cls(
            query=str(data["query"]),
            tag=str(data["tag"]),
            is_taken=bool(data["is_taken"]),
            batch_id=uuid_or_none(data.get("batch_id")),
        )


PRODUCTS_IMPORT: Final = "products_import"
"""The kind of job that takes a long file in."""


@dataclass(frozen=True)
class ProductsImportJob:
    """What a job of this kind is asked for: a file that was kept and previewed."""

    import_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"import_id": str(self.import_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProductsImportJob:
        return cls(UUID(data["import_id"]))
