"""Customers: who they are, what was agreed with them (R-11), and files of them (R-33)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from cases.errors import BadInput, NotFound
from cases.terms import TERMS
from desk.web.pages.work import page
from desk.web.render import told
from desk.web.visit import Visit
from service import agreeing
from service.agreed import listed, superseded
from service.agreeing import Party
from service.customer_export import export_customers
from service.customer_file import FileProblems
from service.customer_import import Imported, import_customers
from storage import casefile, customer_pages
from storage import people as stored

_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FLAGS: Final = frozenset(name for name, one in TERMS.items() if isinstance(one.default, bool))


def listing(visit: Visit) -> Response:
    """All customers, or those in whose code, name or contacts a word is found."""
    return _listing(visit)


def _listing(
    visit: Visit,
    status: int = 200,
    *,
    problems: tuple[str, ...] = (),
    done: Imported | None = None,
) -> Response:
    wanted = visit.request.query_params.get("q", "").strip()[:100]
    with visit.w.db.read() as connection:
        found = customer_pages.page(connection, wanted, page(visit))
    return visit.page(
        "customers.html",
        status,
        customers=found,
        wanted=wanted,
        problems=problems,
        done=done,
        only_tried=bool(visit.text("dry_run")),
    )


def upload(visit: Visit) -> Response:
    """Import a file, or only say what it would do; all that is wrong with it is told at once."""
    files = visit.files("file")
    if not files:
        return _listing(visit, 409, problems=("Choose a file first.",))
    try:
        done = import_customers(
            visit.w, files[0].file.read(), visit.user.name, dry_run=bool(visit.text("dry_run"))
        )
    except FileProblems as error:
        return _listing(visit, 409, problems=error.problems)
    return _listing(visit, done=done)


def download(visit: Visit) -> Response:
    """All confirmed customers as a file that can be imported again."""
    ending = visit.path["ending"]
    if ending not in _TYPES:
        raise NotFound(f"there is no file of the kind {ending}", mend="choose CSV or XLSX")
    with visit.w.db.read() as connection:
        data = export_customers(connection, f".{ending}")
    name = f'attachment; filename="customers.{ending}"'
    return Response(data, media_type=_TYPES[ending], headers={"content-disposition": name})


def show(visit: Visit) -> Response:
    """One customer with contacts and terms."""
    return _show(visit, Party(customer_id=visit.number("customer")))


def set_term(visit: Visit) -> Response:
    """Agree upon a term with a customer, or take it back."""
    number = visit.number("customer")
    return _set_term(visit, Party(customer_id=number), f"/customer/{number}")


def case_terms(visit: Visit) -> Response:
    """What holds for one case, and from which layer."""
    return _show(visit, Party(case=visit.path["number"]))


def set_case_term(visit: Visit) -> Response:
    """Agree upon a term for one case ("unusual complaints"), or take it back."""
    number = visit.path["number"]
    return _set_term(visit, Party(case=number), f"/case/{quote(number, safe='')}/terms")


def _set_term(visit: Visit, to: Party, back: str) -> Response:
    name, why = visit.text("term"), visit.text("why")
    try:
        if visit.text("act") == "unset":
            agreeing.take_back(visit.w, visit.user.name, to, name, why)
        else:
            agreeing.agree(visit.w, visit.user.name, to, name, visit.text("value"), why)
    except BadInput as error:
        return _show(visit, to, tried=name, refused=told(error), status=409)
    return visit.go(f"{back}#terms", "agreed")


def _show(
    visit: Visit, of: Party, *, tried: str = "", refused: str = "", status: int = 200
) -> Response:
    with visit.w.db.read() as connection:
        facts: dict[str, Any] = {"customer": None, "case": None}
        if of.case:
            facts["case"] = casefile.by_number(connection, of.case)
        elif of.customer_id is not None:
            facts["customer"] = customer_pages.one(connection, of.customer_id)
        every, ended = listed(visit.w, connection, of), superseded(connection, of)
        users = [one.name for one in stored.users(connection) if one.enabled]
    return visit.page(
        "customer.html",
        status,
        **facts,
        terms=every,
        ended=ended,
        own="case" if of.case else "customer",
        choices=_choices(visit, users),
        says={name: one.says for name, one in TERMS.items()},
        form=visit.form,
        tried=tried,
        refused=refused,
    )


def _choices(visit: Visit, users: list[str]) -> dict[str, list[str]]:
    """Terms of which one is chosen; "" says nothing."""
    settings = visit.w.settings
    return {
        **{name: ["yes", "no"] for name in _FLAGS},
        "calendar": ["", *settings.calendar],
        "language": ["", *settings.company.languages],
        "manager": ["", *users],
    }
