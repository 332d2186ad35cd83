"""Every page with the right that it needs. The tests walk this table."""

from __future__ import annotations

from typing import Final

from desk.web.guard import Page
from desk.web.pages import (
    case,
    customers,
    letter,
    mail,
    measure,
    outbox,
    promises,
    recurrence,
    sort,
    task,
    work,
)

PAGES: Final = (
    Page("GET", "/", "view", work.home),
    Page("GET", "/cases", "view", work.cases),
    Page("GET", "/case/{number}", "view", case.show),
    Page("GET", "/case/{number}/history", "view", case.history),
    Page("POST", "/case/{number}/fields", "set", case.set_fields),
    Page("POST", "/case/{number}/line", "set", case.set_line),
    Page("POST", "/case/{number}/assign", "assign", case.assign),
    Page("POST", "/case/{number}/decide", "decide", case.decide),
    Page("POST", "/case/{number}/clock", "clock", case.clock_told),
    Page("POST", "/case/{number}/goods", "clock", promises.goods),
    Page("POST", "/case/{number}/analysis", "clock", promises.analysis),
    Page("POST", "/case/{number}/checked-off", "set", promises.entered_there),
    Page("POST", "/case/{number}/measure", "measure", measure.add),
    Page("POST", "/measure/{measure}/done", "own_measure", measure.done, files=True),
    Page("POST", "/measure/{measure}/move", "measure", measure.move),
    Page("POST", "/case/{number}/merge", "merge", sort.merge),
    Page("POST", "/case/{number}/unmerge", "merge", sort.unmerge),
    Page("POST", "/case/{number}/dismiss", "dismiss", sort.dismiss),
    Page("POST", "/case/{number}/register-for", "register_for", sort.register_for),
    Page("POST", "/case/{number}/recurrence", "recurrence", recurrence.decide),
    Page("POST", "/mail/{message}/split", "split", sort.split),
    Page("POST", "/mail/{message}/link", "link", sort.link),
    Page("GET", "/case/{number}/letter", "letter", letter.choose),
    Page("GET", "/case/{number}/letter/{template}", "letter", letter.write),
    Page("POST", "/case/{number}/letter/{template}", "letter", letter.preview_or_send, files=True),
    Page("GET", "/letter/{letter}", "view", outbox.show),
    Page("POST", "/letter/{letter}/{act}", "outbox", outbox.act),
    Page("GET", "/outbox", "view", outbox.listing),
    Page("POST", "/task/{task}", "task", task.resolve),
    Page("GET", "/mail/{message}/formatted", "view", mail.formatted),
    Page("GET", "/mail/{message}/attached", "view", mail.attached),
    Page("GET", "/aside", "view", mail.aside),
    Page("GET", "/customers", "view", customers.listing),
    Page("POST", "/customers/import", "import", customers.upload, files=True),
    Page("GET", "/customers/file/{ending}", "export", customers.download),
    Page("GET", "/customer/{customer}", "view", customers.show),
    Page("POST", "/customer/{customer}/term", "terms", customers.set_term),
    Page("GET", "/case/{number}/terms", "view", customers.case_terms),
    Page("POST", "/case/{number}/term", "terms", customers.set_case_term),
    Page("GET", "/phone", "new", work.phone),
    Page("POST", "/phone", "new", work.register_phone),
)
