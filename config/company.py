"""The company and the rules of its house."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.section import A_FOLDER, Section, key
from config.values import Different, Language, Line, MaybePath, Numbers, Some, TimeZone


class Company(Section):
    """Who you are, and the rules of the house."""

    name: Annotated[
        Line,
        key(
            "Name of the company, as letters sign it (R-34).",
            write='the name, such as "Example Parts Ltd"',
            min_length=1,
            max_length=200,
            examples=["Example Parts Ltd"],
        ),
    ]
    language: Annotated[
        Language,
        key(
            "Language of the company, and of letters to a customer whose language is not known.",
            write='one of company.languages, such as "en"',
        ),
    ] = "en"
    languages: Annotated[
        tuple[Language, ...],
        Different,
        Some,
        key(
            "Languages in which every letter must exist; one that lacks is told at start (R-33).",
            write='a list such as ["en", "de"]',
            strict=False,
        ),
    ] = ("en", "de", "zh")
    timezone: Annotated[
        TimeZone,
        key(
            "Time zone of the company. The year in a case number is the year here (R-20).",
            write='a name such as "Europe/Berlin"',
        ),
    ] = "UTC"
    numbers: Annotated[
        Numbers,
        key(
            "Pattern of case numbers (R-20). The sequence starts at 1 every year.",
            write='a pattern with {year} and {seq}, such as "KS{year}-{seq:03}"',
        ),
    ] = "KS{year}-{seq:03}"
    rejection: Annotated[
        Literal["new_case", "same_case"],
        key(
            "What a rejection of measures, results or a closed case does (R-28): register it anew "
            'as a new case linked to the old ("new_case"), or re-open the same case for a next '
            'round ("same_case").',
            write='"new_case" or "same_case"',
        ),
    ] = "new_case"
    authority: Annotated[
        Literal["token", "dmarc", "challenge"],
        key(
            "What proves that a mail may approve, reject or choose, besides the address of record: "
            'the answer token of our letter ("token"), or with it a DMARC pass found by your own '
            'mail server ("dmarc"), or with it a DMARC pass or else a one-time code that is mailed '
            'to the address of record ("challenge").',
            write='"token", "dmarc" or "challenge"',
        ),
    ] = "token"
    domains: Annotated[
        tuple[Line, ...],
        Different,
        key(
            "Mail domains of the company: who writes from one is a colleague, who may pass on a "
            "customer's mail (R-31). Empty: the domains of the mailboxes, but none of free mail.",
            write='a list such as ["example.com"]',
            strict=False,
        ),
    ] = ()
    reopen_days: Annotated[
        int,
        key(
            "Days after closing in which an objection of the customer undoes the closing.",
            write="a number of days from 1 to 365",
            ge=1,
            le=365,
        ),
    ] = 10
    calendar: Annotated[
        Line,
        key(
            "Calendar of the company: NAME of a section [calendar.NAME] (R-8).",
            write="the NAME of a section [calendar.NAME] of this file",
            min_length=1,
        ),
    ] = "default"
    manager: Annotated[
        Line,
        key(
            "User who gets new cases that no other rule gives to somebody (R-32): customer, part, "
            'mailbox. "" gives them to the managers who are present, in turn.',
            write='the name of a user, or ""',
        ),
    ] = ""
    tell_new_cases: Annotated[
        bool,
        key("Whether managers are told of each new case by mail.", write="true or false"),
    ] = True
    on_call: Annotated[
        Line,
        key(
            "Who is told besides, when something warns or is escalated outside the working hours "
            '(R-10): a user, or a mail address; "" means nobody.',
            write='the name of a user, an address such as "oncall@example.com", or ""',
        ),
    ] = ""
    digest_hour: Annotated[
        int,
        key(
            "Hour of the day, in each reader's time zone, at which people with open cases get "
            "their daily mail (R-10), on working days of the company; -1 means never.",
            write="an hour from 0 to 23, or -1",
            ge=-1,
            le=23,
        ),
    ] = 8
    templates: Annotated[
        MaybePath,
        key(
            "Folder of the company's own letter templates. Each file there takes the place of "
            'the built-in one of the same name; "" means only built-in letters.',
            write=A_FOLDER,
        ),
    ] = None
    responsible_parties: Annotated[
        tuple[Annotated[Line, Field(min_length=1)], ...],
        Different,
        Some,
        key(
            "Who can be named as responsible for a complaint (R-23).",
            write='a list such as ["Production", "Supplier"]',
            strict=False,
        ),
    ] = ("Sales", "Engineering", "Production", "QC", "Supplier", "Forwarder", "Client")
