"""What can happen in the simulated year: what it does to the service, and what it means.

`do` drives the service; `means` tells the judge. A further kind of event is a line in
`ACTS`, and its place in `year_plans`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from cases.errors import BadInput, IllegalStep
from demo.shop import MAILBOX, MANAGER
from mailer.carry import Outcome
from service import deciding, measures, oral, sorting, telling
from service.delivering import accept
from service.letters import letter_row
from service.resolving import Ending, resolve
from service.wiring import Happening
from storage import casefile, people, tables
from storage.book import Insert, Update
from storage.records import Delivery
from tests.fault.year_desk import BOX, Desk, address_of
from tests.fault.year_life import Life
from tests.fault.year_plans import Planned
from tests.fault.year_terms import Lives, agreed, means_agreed, taken_back

# --- what customers do


def _complain(desk: Desk, one: Planned) -> None:
    subject = f"Ring of {one.case} is loose"
    desk.mail(one, subject, f"The ring of {one.case} does not fit at all.")
    desk.find(one.case, subject)


def _call(desk: Desk, one: Planned) -> None:
    with desk.acting("call") as h:
        call = oral.Call(
            BOX,
            address_of(one.case),
            "A customer",
            f"Call of {one.case}",
            "It broke.",
            received_at(one),
        )
        desk.numbers[one.case] = oral.register_call(h, call)


def received_at(one: Planned) -> datetime:
    """When a call came: before it was written down."""
    return one.at - timedelta(hours=float(one.about["before"]))


def _write_back(desk: Desk, one: Planned) -> None:
    number = desk.numbers[one.case]
    desk.mail(one, f"Re: [{number}] loose", f"It is lot {desk.uid} of January.")


# --- letters


def _acknowledgment_left(desk: Desk, one: Planned) -> None:
    with desk.acting("outbox") as h:
        case = casefile.locked(h.book, desk.numbers[one.case])
        (row,) = h.book.tx.execute(
            tables.letters.select().where(
                tables.letters.c.case_id == case.id,
                tables.letters.c.template.in_(("acknowledgment", "registered_anew")),
            )
        )
        stops = {"state": "queued", "stops": ["acknowledgment"]}
        h.record(case.id, "letter_queued", Update(tables.letters, row.id, stops))
        _accepted(desk, h, case.id, row.id)


def _write(desk: Desk, one: Planned) -> None:
    template = one.about["template"]
    front = desk.w.letters_of(BOX).front(template)
    with desk.acting("letter") as h:
        case = casefile.locked(h.book, desk.numbers[one.case])
        contact = people.contact(h.book.tx, case.contact_id or 0)
        row = letter_row(
            h.new_id(), case, contact, template, actor=h.actor, at=h.at, facts=one.about["facts"]
        )
        said = {"stops": list(front.stops), "asks": front.asks, "event": front.event}
        h.record(
            case.id, "letter_queued", Insert(tables.letters, {**row, **said, "state": "queued"})
        )
        desk.unsent[one.case].append(row["id"])


def _leave(desk: Desk, one: Planned) -> None:
    with desk.acting("outbox") as h:
        case = casefile.locked(h.book, desk.numbers[one.case])
        _accepted(desk, h, case.id, desk.unsent[one.case].pop(0))


def _accepted(desk: Desk, h: Happening, case_id: int, letter_id: int) -> None:
    """The SMTP server took it: `delivering.accept` is what the real carrier's answer leads to."""
    row = {
        "id": h.new_id(),
        "letter_id": letter_id,
        "case_id": case_id,
        "role": "to",
        "address": "buyer@k0.example",
        "name": "",
        "to_contact": True,
        "envelope_sender": MAILBOX,
        "raw_sha256": desk.paper.sha256,
        "state": "sending",
        "copies": 1,
        "attempts": 1,
        "fence": 0,
    }
    h.record(case_id, "delivery_sending", Insert(tables.deliveries, row))
    h.book.flush()
    accept(h, Delivery.of_values(row), Outcome("accepted", 250, "2.0.0 ok"))


# --- what managers do


def _contain(desk: Desk, one: Planned) -> None:
    _agree(desk, one, "containment")
    _done(desk, one, "containment")


def _agree(desk: Desk, one: Planned, kind: str = "corrective") -> None:
    with desk.acting("measure") as h:
        agreed = measures.Measure(kind, "see to it", MANAGER, due_on(one))
        measures.add_measure(h, desk.numbers[one.case], agreed)


def due_on(one: Planned) -> date:
    """When a measure is to be done; a containment measure is done at once."""
    return (one.at + timedelta(days=one.about.get("days", 200))).date()


def _done(desk: Desk, one: Planned, kind: str = "corrective") -> None:
    with desk.acting("measure") as h:
        case = casefile.by_number(h.book.tx, desk.numbers[one.case])
        every = casefile.measures(h.book.tx, case.id)
        for measure in [m for m in every if m.kind == kind and m.done_at is None][:1]:
            measures.measure_done(h, measure.id, "seen")


def _no_answer_needed(desk: Desk, one: Planned) -> None:
    with desk.acting("task") as h:
        case = casefile.by_number(h.book.tx, desk.numbers[one.case])
        for task in casefile.open_tasks(h.book.tx, case.id, "read_reply"):
            resolve(h, task.id, Ending("no_answer_needed", "only told us"))


def _decided(kind: str) -> Callable[[Desk, Planned], None]:
    def do(desk: Desk, one: Planned) -> None:
        number = desk.numbers[one.case]
        with desk.acting("decide") as h:
            deciding.decide(h, number, deciding.Decision(kind, "by phone"))
        if kind == "reject":
            with desk.w.db.read() as connection:
                case = casefile.by_number(connection, number)
                anew = casefile.by_id(connection, case.successor_id or 0)
            desk.numbers[f"{one.case}, anew"] = anew.number

    return do


def _by_number(act: Callable[[Happening, str, Planned], object]) -> Callable[[Desk, Planned], None]:
    """An act that the service may refuse, because the promise it is about has ended or runs."""

    def do(desk: Desk, one: Planned) -> None:
        try:
            with desk.acting(one.act) as h:
                act(h, desk.numbers[one.case], one)
        except (BadInput, IllegalStep):
            desk.refused[one.act] += 1

    return do


def _merge(desk: Desk, one: Planned) -> None:
    with desk.acting("merge") as h:
        sorting.merge(h, desk.numbers[one.case], desk.numbers[one.about["into"]], "the same ring")


@dataclass(frozen=True)
class Act:
    """One kind of event. `means` is given the life of its case and those of all others."""

    do: Callable[[Desk, Planned], object]
    means: Callable[[Life, Any, Planned, Lives], object]


ACTS: Final[Mapping[str, Act]] = {
    "complained": Act(_complain, lambda life, at, one, _: life.begin(one.at, at)),
    "called": Act(_call, lambda life, at, one, _: life.begin(received_at(one), at)),
    "wrote": Act(_write_back, lambda life, at, one, _: life.mail(one.at, at)),
    "acknowledgment_left": Act(
        _acknowledgment_left, lambda life, at, *_: life.stop("acknowledgment", at)
    ),
    "written": Act(_write, lambda life, at, one, _: life.written.append((at, one.about))),
    "left": Act(_leave, lambda life, at, *_: life.letter(at)),
    "contained": Act(_contain, lambda life, at, *_: life.contain(at)),
    "measure_agreed": Act(_agree, lambda life, at, one, _: life.agree(due_on(one), at)),
    "measure_done": Act(_done, lambda life, at, *_: life.done(at)),
    "no_answer_needed": Act(_no_answer_needed, lambda life, at, *_: life.stop("answer", at)),
    "not_concerned": Act(
        _by_number(lambda h, number, _: telling.call_off(h, number, "containment", "a sample")),
        lambda life, at, *_: life.cancel(at, "called off", "containment"),
    ),
    "concerned": Act(
        _by_number(lambda h, number, _: telling.begin(h, number, "containment", "shipped")),
        lambda life, at, *_: life.start_once("containment", at),
    ),
    "analysis_asked": Act(
        _by_number(lambda h, number, _: telling.begin(h, number, "analysis", "by phone")),
        lambda life, at, *_: life.start_once("analysis", at),
    ),
    "told": Act(
        _by_number(lambda h, number, one: telling.told(h, number, one.about["clock"], "said so")),
        lambda life, at, one, _: life.told(one.about["clock"], at),
    ),
    "accepted": Act(_decided("approve"), lambda life, at, *_: life.resume(at, at)),
    "approved": Act(_decided("approve"), lambda life, at, *_: life.decided(at)),
    "withdrawn": Act(_decided("withdraw"), lambda life, at, *_: life.decided(at)),
    "rejected": Act(
        _decided("reject"),
        lambda life, at, one, lives: life.begin_anew(lives[f"{one.case}, anew"], at),
    ),
    "dismissed": Act(
        _by_number(lambda h, number, _: sorting.dismiss(h, number, "no complaint")),
        lambda life, at, *_: life.cancel(at, "dismissed"),
    ),
    "merged": Act(_merge, lambda life, at, one, lives: life.go_on_in(lives[one.about["into"]], at)),
    "unmerged": Act(
        _by_number(lambda h, number, _: sorting.unmerge(h, number, "another ring")),
        lambda life, at, *_: life.come_back(at),
    ),
    "agreed": Act(agreed, means_agreed),
    "taken_back": Act(taken_back, means_agreed),
}
