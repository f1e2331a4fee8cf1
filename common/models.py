"""The base of every table that belongs to a merchant, and the reference between two such tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.fields.related import ForeignObject
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

from common.ids import new_id

if TYPE_CHECKING:
    _ForeignObject = ForeignObject[Any, Any]
    _Descriptor = ForwardManyToOneDescriptor[ForeignObject[Any, Any]]
else:  # generic only for the type checker
    _ForeignObject, _Descriptor = ForeignObject, ForwardManyToOneDescriptor


class MerchantOwned(models.Model):
    """A row of one merchant: keyed (merchant_id, id), so it can be distributed by merchant and never points astray.

    The foreign key to the merchant itself is left to the rows a merchant owns directly
    (`ProtectTenantTables` adds it): a key-share lock on the one merchant row at every insert is not wanted.
    """

    pk = models.CompositePrimaryKey("merchant_id", "id")
    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    id = models.UUIDField(default=new_id, editable=False)

    class Meta:
        abstract = True


class _SameMerchantDescriptor(_Descriptor):
    """Sets only the reference's own id; ForeignObject's setter would move the row to another merchant or to none."""

    def __set__(self, instance: Any, value: Any) -> None:
        field: Any = self.field
        if value is None:
            setattr(instance, field.id_field, None)
            field.set_cached_value(instance, None)
            return
        if not isinstance(value, field.remote_field.model):
            raise ValueError(f"{instance.__class__.__name__}.{field.name} takes a {field.remote_field.model.__name__}")
        if value.merchant_id != instance.merchant_id:
            raise ValueError(f"{instance.__class__.__name__}.{field.name}: the object belongs to another merchant")
        setattr(instance, field.id_field, value.id)
        field.set_cached_value(instance, value)


class MerchantReference(_ForeignObject):
    """Row to row inside one merchant: (merchant_id, x_id) -> (merchant_id, id).

    Declare it beside its id column::

        sale_id = models.UUIDField()
        sale = MerchantReference("sales.Sale", "sale_id")

    The composite foreign key and its index come from `ProtectTenantTables` in the app's migration;
    `indexed=False` where another index already starts with (merchant_id, x_id). Deletion is always PROTECT.
    """

    forward_related_accessor_class = _SameMerchantDescriptor

    def __init__(self, to: Any, id_field: str, *, null: bool = False, indexed: bool = True, **kwargs: Any) -> None:
        self.id_field = id_field
        self.indexed = indexed
        for given in ("on_delete", "from_fields", "to_fields", "related_name"):
            kwargs.pop(given, None)
        super().__init__(
            to,
            on_delete=models.PROTECT,
            from_fields=["merchant", id_field],
            to_fields=["merchant", "id"],
            related_name="+",
            null=null,
            **kwargs,
        )

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for given in ("on_delete", "from_fields", "to_fields", "related_name"):
            kwargs.pop(given, None)
        kwargs["id_field"] = self.id_field
        if self.null:
            kwargs["null"] = True
        if not self.indexed:
            kwargs["indexed"] = False
        return name, path, args, kwargs


class Heartbeat(models.Model):
    """One row, written to learn whether the database takes writes (global table: about the installation itself)."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    written_at = models.DateTimeField()
