"""Two complaints from the first mail to the end, told by the people who write.

The facts are those of a real correspondence; the words are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from demo.customer import Customer
from demo.mail_server import EmbeddedMail
from demo.picture import ring
from demo.shop import MAILBOX, MANAGER, PLATE, RING
from service.customers import Person
from service.daemon import serve_once
from service.deciding import Decision, decide
from service.editing import set_case
from service.people import act
from service.wiring import Wiring
from service.writing import write_letter
from storage import views

Step = tuple[str, Callable[[], object]]


@dataclass
class Player:
    """Plays a story: every step is followed by one pass of the real service."""

    w: Wiring
    server: EmbeddedMail
    tell: Callable[[str], None]

    def play(self, story: Iterator[Step]) -> None:
        """Do the steps one by one and say what happens."""
        for told, deed in story:
            self.tell(told)
            deed()
            faults = serve_once(self.w)
            assert not faults, faults

    def customer(self, person: Person) -> Customer:
        """The simulated customer behind a contact."""
        return Customer(self.server, person.name, person.address)

    def number(self, place: int = 0) -> str:
        """The number of the newest case, or of one before it."""
        with self.w.db.read() as connection:
            return str(views.case_list(connection, only_open=False)[place]["number"])

    def confirm(self, number: str, line: int, **fields: str) -> None:
        """The manager fills in a line, which confirms it."""
        with act(self.w, MANAGER, "set") as h:
            set_case(h, number, fields, line=line)

    def choose(self, number: str, option: str, why: str) -> None:
        """The manager enters what the customer chose."""
        with act(self.w, MANAGER, "decide") as h:
            decide(h, number, Decision("choose", why, option))

    def letter(self, number: str, template: str, **facts: object) -> None:
        """The manager writes and sends."""
        write_letter(self.w, number, template, facts, MANAGER, send=True)


def approved(p: Player) -> Iterator[Step]:
    """A thread that is too wide: options, a question back, a choice with a change, approval."""
    jana = p.customer(RING)
    yield (
        "customer> Jana Vogt: the M2.5 threads are too wide, screws find no hold (with a photo)",
        lambda: jana.write(
            MAILBOX,
            "Kalibrierring MONOline IR Elchem: thread too big",
            _COMPLAINT,
            ("ring.png", ring()),
        ),
    )
    number = p.number()
    yield from _offered(p, jana, number)
    yield from _agreed(p, jana, number)
    yield (
        "manager>  reports the results and asks for approval",
        lambda: p.letter(number, "results", results=_RESULTS),
    )
    yield ("customer> Approved.", lambda: jana.answer("Approved."))


def _offered(p: Player, jana: Customer, number: str) -> Iterator[Step]:
    """Options, and a question back."""
    yield (
        f"manager>  Li Wei confirms the facts of {number}",
        lambda: p.confirm(
            number,
            1,
            part_name="Kalibrierring MONOline IR Elchem",
            quantity_delivered="300",
            quantity_complained="300",
            reason_customer="core hole of the M2.5 thread nearly 2.5 mm instead of 2.05 mm",
        ),
    )
    yield (
        "manager>  proposes A (M3 screws) or B (remake)",
        lambda: p.letter(
            number,
            "solution_proposal",
            introduction=_CAUSE,
            options=_OPTIONS,
            questions=["Are all 300 pieces affected?"],
        ),
    )
    yield ("customer> asks back: what about the 300 pieces here?", lambda: jana.answer(_ASKS_BACK))


def _agreed(p: Player, jana: Customer, number: str) -> Iterator[Step]:
    """One option for nothing, and a choice with a change."""
    yield (
        "manager>  B, 300 pieces and freight free, 10 to 15 working days",
        lambda: p.letter(
            number,
            "solution_proposal",
            introduction=_B_FREE,
            options=_ONLY_B,
            questions=["When do you need the parts at the latest?"],
        ),
    )
    yield ("customer> agrees, with a change: only 150 pieces", lambda: jana.answer(_ONLY_150))
    yield (
        "manager>  reads it and enters the choice: B, 150 pieces",
        lambda: p.choose(number, "B", "150 pieces instead of 300"),
    )


def rejected(p: Player) -> Iterator[Step]:
    """Two lines, one remake, and a customer who does not accept the result."""
    thomas = p.customer(PLATE)
    yield (
        "customer> Thomas Kern: surfaces of two orders are not flat (in German)",
        lambda: thomas.write(MAILBOX, "Reklamation: Flächen nicht eben", _UNEVEN),
    )
    number = p.number()
    for line, (order, part, pieces) in enumerate(_LINES, start=1):
        yield (
            f"manager>  confirms line {line} of {number}",
            partial(
                p.confirm,
                number,
                line,
                po_pi_no=order,
                part_number=part,
                quantity_delivered=pieces,
                quantity_complained=pieces,
                reason_customer="Fläche nicht eben",
            ),
        )
    yield (
        "manager>  proposes a remake",
        lambda: p.letter(number, "solution_proposal", introduction=_VICE, options=_REMAKE),
    )
    yield ("customer> A", lambda: thomas.answer("A"))
    yield (
        "manager>  reports the results and asks for approval",
        lambda: p.letter(number, "results", results=_FLAT_NOW),
    )
    yield ("customer> Nicht einverstanden.", lambda: thomas.answer("Nicht einverstanden."))


_COMPLAINT = """\
Hello,

your delivery looks fine and all dimensions are good, except on the part
"Kalibrierring MONOline IR Elchem": the core hole of the M2.5 thread is too big.
It should be 2.05 mm (2.10 would be acceptable) but is nearly 2.5 mm, so the
screws cannot be fixed at all. Please see the photo.

Best regards
Jana Vogt
"""
_CAUSE = """\
We apologise for the trouble. The probable cause: chips were not blown out while
tapping and were squeezed into the hole, which widened it.
"""
_OPTIONS = [
    {"letter": "A", "text": "You use M3 screws, and we take the extra cost."},
    {"letter": "B", "text": "We remake the parts in 10 to 15 working days."},
]
_ASKS_BACK = """\
If we take B, what happens with the 300 pieces here? We must produce now and would
have to rework them. And B must not cause us any cost.
"""
_B_FREE = """\
With option B you get 300 pieces free of charge, freight included. You may keep and
rework the parts you have. Please note that 1 to 7 October is a public holiday here.
"""
_ONLY_B = [{"letter": "B", "text": "300 pieces free, freight free, in 10 to 15 working days."}]
_ONLY_150 = """\
Thank you for the fast answer and the solution. The drawing is fine, please work
accurately. To reduce the cost we only need 150 pieces.
"""
_RESULTS = """\
1. 150 pieces were remade and shipped; every core hole measures 2.05 to 2.08 mm.
2. Blowing out the chips is now a step of the work instruction for tapping.
3. Threaded holes are checked more often during production.
4. The case is part of our training.
"""
_UNEVEN = """\
Sehr geehrte Damen und Herren,

bei beiden letzten Lieferungen sind die Flächen nicht ganz eben:
Auftrag 23016640, Teil 21154, 25 Stück, und Auftrag 23016643, Teil 21152, 220 Stück.
Bitte um Nachbesserung.

Mit freundlichen Grüßen
Thomas Kern
"""
_LINES = (("23016640", "21154", "25"), ("23016643", "21152", "220"))
_VICE = "Die Teile wurden beim Spannen verzogen. Das bedauern wir sehr."
_REMAKE = [{"letter": "A", "text": "Wir fertigen alle 245 Teile kostenlos neu."}]
_FLAT_NOW = "Alle 245 Teile sind neu gefertigt; die Ebenheit wurde an jedem zehnten Teil geprüft."
