"""The case and what hangs on it (R-23)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.meta import NOT_RECORDED, index_where, key, link, metadata
from storage.types import Amount, Moment

cases: Final = Table(
    "cases",
    metadata,
    key(),
    Column("number", String(60), nullable=False, unique=True),
    Column("series", String(60), nullable=False),
    Column("year", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("mailbox", String(60), nullable=False),
    link("customer_id", "customers", nullable=True),  # none: sender unknown
    link("contact_id", "contacts", nullable=True),
    Column("state", String(20), nullable=False),
    Column("state_before_merge", String(20)),
    Column("round", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("language", String(10), nullable=False),
    Column("manager", String(60)),
    Column("assigned_why", Text),  # by which rule, or by whom
    Column("priority", Boolean, nullable=False),
    Column("formal", Boolean, nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("closed_at", Moment),
    link("predecessor_id", "cases", nullable=True, index=False),
    link("successor_id", "cases", nullable=True, index=False),
    link("merged_into_id", "cases", nullable=True, index=False),
    Column("measures_confirmed_at", Moment),
    # Goods in production or on the way are concerned; none: nobody complained of goods.
    Column("goods_concerned", Boolean),
    Column("goods_why", Text),
    Column("burst_of", Text),  # the sender whose flood of mails this case collects
    Column("customer_reference", Text),
    # entered on the customer's own system, where the terms ask for it.
    Column("recorded_there_at", Moment),
    Column("recorded_there_by", Text),
    Column("order_value", Amount),
    Column("currency", String(3)),
    Column("team", JSON),
    Column("responsible_party", String(60)),
    Column("reason_internal", Text),
    Column("root_cause", JSON),
    Column("cost_shares", JSON),
    Column("customer_satisfaction", Text),
    Column("satisfaction_message_id", BigInteger),  # in which the customer said so
    Column("sales_comment", Text),
    Column("remark", Text),
    Column("found_in", JSON),  # of what was read from a mail: fact -> the line where it stood
    # When the sweep must look whether somebody is to be told; none: never.
    Column("look_at", Moment, info=NOT_RECORDED),
    # Head of the case's chain.
    Column("history_seq", Integer, nullable=False, info=NOT_RECORDED),
    Column("history_hash", String(64), nullable=False, info=NOT_RECORDED),
    UniqueConstraint("series", "year", "seq"),
    Index("ix_cases_manager", "manager", "id"),  # whose last case is the longest ago
    Index("ix_cases_state", "state", "manager", "id"),  # the queue is counted here
)
for _name in ("predecessor_id", "successor_id", "merged_into_id", "burst_of"):
    index_where(f"ix_cases_{_name}", cases.c[_name], where=cases.c[_name].is_not(None))
# Asked for every batch of mails: of a customer with many cases only those with a number of its own.
index_where(
    "ix_cases_reference",
    cases.c.customer_id,
    cases.c.id,
    where=cases.c.customer_reference.is_not(None),
)
index_where(
    "ix_cases_look_at",
    cases.c.look_at,
    where=cases.c.look_at.is_not(None),
)

lines: Final = Table(
    "lines",
    metadata,
    key(),
    link("case_id", "cases", index=False),  # the unique key begins with it
    Column("position", Integer, nullable=False),
    Column("po_pi_no", Text),
    Column("part_name", Text),
    Column("part_number", Text),
    Column("drawing_revision", Text),
    Column("lot", Text),
    Column("quantity_delivered", Amount),
    Column("quantity_complained", Amount),
    Column("reason_internal", Text),
    Column("reason_customer", Text),
    Column("compensation_amount", Amount),
    Column("currency", String(3)),
    Column("found_in", JSON),
    Column("confirmed_by", String(60)),
    UniqueConstraint("case_id", "position"),
)

solutions: Final = Table(
    "solutions",
    metadata,
    key(),
    link("case_id", "cases"),
    Column("kind", String(30), nullable=False),
    Column("carried_out_by", String(20), nullable=False),
    Column("text_internal", Text),
    Column("text_customer", Text),
    Column("agreed_message_id", BigInteger),
)

# state: started -> stopped | cancelled; paused in between; breached_at stays for ever.
clocks: Final = Table(
    "clocks",
    metadata,
    key(),
    link("case_id", "cases"),
    Column("name", String(40), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("time", String(40), nullable=False),
    Column("calendar", String(60), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("strikes_at", Moment),  # when the sweep must look at it next; none: never
    Column("stopped_at", Moment),
    Column("stopped_by", Text),
    Column("breached_at", Moment),
    Column("warned", Integer, nullable=False, server_default="0"),  # how many warnings were told
    Column("message_id", BigInteger),  # the mail that is to be answered
    Column("letter_id", BigInteger),  # the letter that promised the date
    Column("reason", Text),  # why it was started, moved or ended, in the words of who did it
    Column("warns", JSON),  # when it warns; none: as the table of the clocks says
    Column("due_before", Moment),  # of the last reckoning anew: what was due until then, and why
    Column("recomputed_why", Text),
)
index_where(
    "ix_clocks_strikes_at",
    clocks.c.strikes_at,
    where=clocks.c.strikes_at.is_not(None),
)
index_where(
    "ix_clocks_running",
    clocks.c.case_id,
    clocks.c.due_at,
    where=clocks.c.state == "started",
)
index_where(
    "ix_clocks_open",
    clocks.c.calendar,
    clocks.c.id,
    where=clocks.c.stopped_at.is_(None),
)

clock_pauses: Final = Table(
    "clock_pauses",
    metadata,
    key(),
    link("clock_id", "clocks"),
    link("case_id", "cases"),
    Column("reason", Text, nullable=False),
    Column("paused_at", Moment, nullable=False),
    Column("resumed_at", Moment),
)

tasks: Final = Table(
    "tasks",
    metadata,
    key(),
    link("case_id", "cases", nullable=True),
    link("message_id", "messages", nullable=True),
    link("letter_id", "letters", nullable=True),
    Column("kind", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("suggestion", JSON),
    Column("created_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_by", Text),
    Column("resolution", Text),
    Column("why", Text),
)
index_where(
    "ix_tasks_open",
    tasks.c.case_id,
    tasks.c.id,
    where=tasks.c.resolved_at.is_(None),
)

measures: Final = Table(
    "measures",
    metadata,
    key(),
    link("case_id", "cases"),
    Column("kind", String(30), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", String(60), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("done_by", Text),
    Column("evidence", Text),
    Column("moved_why", Text),  # why its date or owner was changed last, in the words of who did it
    # When the sweep must look at it next (none: never), and how many warnings were told.
    Column("strikes_at", Moment, info=NOT_RECORDED),
    Column("warned", Integer, nullable=False, server_default="0", info=NOT_RECORDED),
    Column("breached_at", Moment),
)
index_where(
    "ix_measures_open_owner",
    measures.c.owner,
    where=measures.c.done_at.is_(None),
)
index_where(
    "ix_measures_strikes_at",
    measures.c.strikes_at,
    where=measures.c.strikes_at.is_not(None),
)

# What shows that a measure was done, beside the words. The bytes are evidence, named by sha256.
measure_files: Final = Table(
    "measure_files",
    metadata,
    key(),
    link("case_id", "cases"),
    link("measure_id", "measures"),
    Column("name", Text, nullable=False),
    Column("content_type", String(255), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), ForeignKey("raws.sha256"), nullable=False),
)

# How a customer's mail was understood, and whether it acted.
answers: Final = Table(
    "answers",
    metadata,
    key(),
    link("case_id", "cases"),
    link("message_id", "messages", nullable=True),  # none: decided by a person without a mail
    link("letter_id", "letters", nullable=True),
    Column("verdict", String(20), nullable=False),
    Column("option", String(10)),
    Column("change", Text),
    Column("phrase", Text, nullable=False),
    Column("rule", String(60), nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("acted", Boolean, nullable=False),
    Column("authority", String(60), nullable=False),
)

# Cases that have to do with each other, a row in each. kind: answer_to (a complaint that came as an
# answer to a closed case) | answered_by (the closed case).
related_cases: Final = Table(
    "related_cases",
    metadata,
    key(),
    link("case_id", "cases"),
    Column("other_id", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("message_id", BigInteger),
)
