"""What a batch of CSRs takes in few statements: the database does the work, row by row in SQL.

Through the ORM a row costs more than its signature does. The statements are those that
PostgreSQL and SQLite (3.35 or newer) have in common.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject
from django.db.models.lookups import In
from django.utils import timezone

from onboarding.lifecycle.actor import Actor
from onboarding.lifecycle.transition import State
from onboarding.models import CSR, Event


@UUIDField.register_lookup
class Among(In):
    """`pk__among=ids`: in PostgreSQL one parameter, where `pk__in` is a text with one for each."""

    lookup_name = "among"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Any: Django's own arguments and parameters."""
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::uuid[])", [*parameters, _array(self.rhs)]


def move_each(
    changes: Mapping[UUID, Mapping[str, object]], *, to: State, allowed: State, **common: object
) -> list[UUID]:
    """Set state, what is `common`, and each CSR's own changes if it is still in `allowed`.

    The ids of those that moved. All changes name the same columns. Within a transaction.
    """
    names = list(next(iter(changes.values())))
    shared = {"state": to, "state_since": timezone.now(), **common}
    own = [f"{_column(name)} = made.column{at}" for at, name in enumerate(names, start=2)]
    columns: dict[str, Sequence[object]] = {
        "id": list(changes),
        **{name: [each[name] for each in changes.values()] for name in names},
    }
    made, values = _made({_field(name, CSR): values for name, values in columns.items()})
    return _ids(
        f"UPDATE {_table(CSR)} AS csr"  # noqa: S608 - our own names; every value is a parameter
        f" SET {', '.join([*(f'{_column(name)} = %s' for name in shared), *own])}"
        f" FROM {made} WHERE csr.id = made.column1 AND csr.state = %s RETURNING id",
        [*(_value(name, value) for name, value in shared.items()), *values, allowed],
    )


def _made(columns: Mapping["Field[Any, Any]", Sequence[object]]) -> tuple[str, list[object]]:
    """A table `made` with the columns column1, column2, …; and its parameters. Any: all types."""
    if connection.vendor == "postgresql":
        # A parameter for each column, not for each value: long texts take long to read.
        arrays = ", ".join(f"%s::{field.cast_db_type(connection)}[]" for field in columns)
        names = ", ".join(f"column{at}" for at in range(1, len(columns) + 1))
        return f"unnest({arrays}) AS made({names})", [*map(_array, columns.values())]
    prepared = [
        [field.get_db_prep_save(value, connection) for value in values]
        for field, values in columns.items()
    ]
    row = f"({', '.join(['%s'] * len(columns))})"
    rows = [*zip(*prepared, strict=True)]
    return f"(VALUES {', '.join([row] * len(rows))}) AS made", [*chain.from_iterable(rows)]


def _array(values: Collection[object]) -> str:
    """PostgreSQL's text of an array: written in one go, the driver's takes a tenth of a signature.

    Of UUIDs, bytes and text without quotes or backslashes, which is all that is written here.
    """
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    text = str(value)
    if '"' in text or "\\" in text:
        raise ValueError("This text cannot stand in an array as it is.")
    return f'"{text}"'


def record_each(verb: str, csr_ids: Sequence[UUID], *, by: Actor, facts: JSONObject) -> None:
    """Write the Event of `verb` for each CSR, with its customer and its vendor certificate."""
    chosen: dict[str, Combinable | str] = {
        "at": Value(timezone.now(), output_field=Event._meta.get_field("at")),
        "verb": Value(verb),
        "actor_name": Value(by.name),
        "customer": "customer_id",
        "csr": "pk",
        "vendor_certificate": "vendor_certificate_id",
        "facts": facts,
    }
    rows = CSR.objects.filter(pk__among=csr_ids).order_by("state_since", "id")
    select, parameters = rows.values_list(*chosen.values()).query.sql_with_params()
    insert_select(Event, list(chosen), select, parameters)


def insert_select(
    model: type[Model], names: Sequence[str], select: str, parameters: Sequence[Any]
) -> int:
    """INSERT INTO … SELECT, and how many rows; every value in `select` is a parameter.

    Any: as the driver takes it.
    """
    columns = ", ".join(_column(name, model) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_table(model)} ({columns}) {select}", parameters)
        return int(cursor.rowcount)


def _ids(statement: str, parameters: Sequence[Any]) -> list[UUID]:
    """Any: what the database's driver takes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        # SQLite's driver knows no UUIDs.
        return [one if isinstance(one, UUID) else UUID(one) for (one,) in cursor.fetchall()]


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(name: str, model: type[Model] = CSR) -> str:
    return connection.ops.quote_name(str(_field(name, model).column))


def _value(name: str, value: object) -> Any:
    """Any: what the database's driver takes for this column."""
    prepared = value.pk if isinstance(value, Model) else value
    return _field(name, CSR).get_db_prep_save(prepared, connection)


def _field(name: str, model: type[Model]) -> "Field[Any, Any]":
    """Any: a column of either kind of value."""
    return next(field for field in model._meta.concrete_fields if field.name == name)
