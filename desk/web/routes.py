"""Every page with the right that it needs. The tests walk this table."""

from __future__ import annotations

from typing import Final

from desk.web.guard import Page
from desk.web.pages import case, letter, mail, outbox, people, sort, task, work

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
    Page("POST", "/case/{number}/measure", "measure", case.add_measure),
    Page("POST", "/measure/{measure}/done", "measure", case.measure_done),
    Page("POST", "/case/{number}/merge", "merge", sort.merge),
    Page("POST", "/case/{number}/unmerge", "merge", sort.unmerge),
    Page("POST", "/case/{number}/dismiss", "dismiss", sort.dismiss),
    Page("POST", "/case/{number}/register-for", "register_for", sort.register_for),
    Page("POST", "/mail/{message}/split", "split", sort.split),
    Page("POST", "/mail/{message}/link", "link", sort.link),
    Page("GET", "/case/{number}/letter", "letter", letter.choose),
    Page("GET", "/case/{number}/letter/{template}", "letter", letter.write),
    Page("POST", "/case/{number}/letter/{template}", "letter", letter.preview_or_send),
    Page("GET", "/letter/{letter}", "view", outbox.show),
    Page("POST", "/letter/{letter}/{act}", "outbox", outbox.act),
    Page("GET", "/outbox", "view", outbox.listing),
    Page("POST", "/task/{task}", "task", task.resolve),
    Page("GET", "/mail/{message}/formatted", "view", mail.formatted),
    Page("GET", "/mail/{message}/attached", "view", mail.attached),
    Page("GET", "/aside", "view", mail.aside),
    Page("GET", "/people", "view", people.show),
    Page("POST", "/people/away", "own_absence", people.away),
    Page("POST", "/people/back", "own_absence", people.back),
    Page("GET", "/phone", "new", work.phone),
    Page("POST", "/phone", "new", work.register_phone),
)
