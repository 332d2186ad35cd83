"""The one metadata, and how the columns that all rooms share look."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, ForeignKey, Index, MetaData

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A column with this mark is not written to the history: it is derived from the evidence, or it
# belongs to the machine (leases, heads) and says nothing about the case.
NOT_RECORDED: Final = {"recorded": False}


def key() -> Column[Any]:
    """Time-ordered 63-bit id, made by `storage.ids`."""
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def link(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[Any]:
    """Foreign key to `target`.id."""
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def index_where(
    name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False
) -> Index:
    """An index over those rows only of which `where` holds, in both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
