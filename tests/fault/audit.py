"""Lets PostgreSQL itself record who changed a claim, when, and when that was committed.

The triggers are made by the driver in its own database; the product knows nothing of them. What was
rolled back leaves no record. A node is known by the `application_name` of its connections.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row

from tests.fault.claims import Held, Noted, Record, Written

_CLOCK: Final = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)"
_WHO: Final = f"pg_current_xact_id()::text::bigint, current_setting('application_name'), {_CLOCK}"

_SCRIPT: Final = f"""
CREATE TABLE audit_written (
    seq bigserial PRIMARY KEY, xid bigint, node text, at bigint, delivery bigint,
    owner_before text, until_before bigint, fence_before int, state_before text,
    owner text, until bigint, fence int, state text
);
CREATE INDEX ON audit_written (delivery);
CREATE TABLE audit_committed (xid bigint, node text, at bigint);
CREATE TABLE audit_caused (xid bigint, node text, at bigint, cause text);
CREATE TABLE audit_noted (
    seq bigserial PRIMARY KEY, xid bigint, node text, at bigint, delivery bigint,
    outcome_before text, outcome text, owner text, until bigint, fence int, state text
);
CREATE FUNCTION audit_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit_written VALUES (
        DEFAULT, {_WHO}, NEW.id,
        OLD.lease_owner, OLD.lease_until, OLD.fence, OLD.state,
        NEW.lease_owner, NEW.lease_until, NEW.fence, NEW.state
    );
    RETURN NULL;
END $$;
CREATE FUNCTION audit_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit_committed VALUES ({_WHO});
    RETURN NULL;
END $$;
CREATE FUNCTION audit_cause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit_caused VALUES ({_WHO}, NEW.cause);
    RETURN NULL;
END $$;
CREATE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit_noted
        SELECT nextval('audit_noted_seq_seq'), {_WHO}, NEW.delivery_id, OLD.outcome, NEW.outcome,
            d.lease_owner, d.lease_until, d.fence, d.state
        FROM deliveries d WHERE d.id = NEW.delivery_id;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_1 AFTER UPDATE ON deliveries
    FOR EACH ROW EXECUTE FUNCTION audit_write();
CREATE CONSTRAINT TRIGGER audit_2 AFTER UPDATE ON deliveries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_commit();
CREATE TRIGGER audit_3 AFTER INSERT ON history
    FOR EACH ROW WHEN (NEW.kind LIKE 'delivery_%') EXECUTE FUNCTION audit_cause();
CREATE TRIGGER audit_4 AFTER UPDATE ON attempts
    FOR EACH ROW EXECUTE FUNCTION audit_note();
"""


def begin(database_url: str) -> None:
    """Record from now on; the schema must be there."""
    with _link(database_url) as link:
        link.execute(_SCRIPT.encode())


def sending(database_url: str) -> set[str]:
    """Nodes that are between their dial and the answer with some delivery."""
    question = """
        SELECT DISTINCT a.node FROM deliveries d JOIN audit_written a ON a.delivery = d.id
        WHERE d.state = 'sending' AND a.fence = d.fence AND a.owner = d.lease_owner
    """
    with _link(database_url) as link:
        return {row.node for row in link.execute(question)}


def filed(database_url: str) -> set[str]:
    """sha256 of every mail that came in and is registered."""
    with _link(database_url) as link:
        found = link.execute("SELECT raw_sha256 FROM messages WHERE direction = 'in'")
        return {row.raw_sha256 for row in found}


def read(database_url: str) -> Record:
    """Everything that was recorded."""
    with _link(database_url) as link:
        asked = link.execute("SELECT xid, max(at) AS at FROM audit_committed GROUP BY xid")
        committed = {one.xid: one.at for one in asked}
        causes = {one.xid: one.cause for one in link.execute("SELECT xid, cause FROM audit_caused")}
        written = link.execute("SELECT * FROM audit_written ORDER BY seq").fetchall()
        noted = link.execute("SELECT * FROM audit_noted ORDER BY seq").fetchall()
    return Record(
        tuple(_written(row, committed[row.xid], causes.get(row.xid, "")) for row in written),
        tuple(
            Noted(row.delivery, row.node, row.at, row.outcome_before, row.outcome, _held(row))
            for row in noted
        ),
    )


def _written(row: Any, committed: int, cause: str) -> Written:
    before = Held(row.owner_before, row.until_before, row.fence_before, row.state_before)
    return Written(row.delivery, row.node, row.at, committed, cause, before, _held(row))


def _held(row: Any) -> Held:
    return Held(row.owner, row.until, row.fence, row.state)


@contextmanager
def _link(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    address = database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True, row_factory=namedtuple_row) as link:
        yield link
