"""The example and the manual are those of the settings, and the example is a good one."""

from __future__ import annotations

import tomllib
from pathlib import Path

from config.load import load
from config.manual import EXAMPLE, MANUAL, example, manual
from config.settings import Settings
from config.shape import is_named, table_of, tables

ROOT = Path(__file__).parents[2]
ANEW = "run python -m config.manual"
ENVIRON = {"AMENDS_IMAP_PASSWORD": "horse", "AMENDS_SMTP_PASSWORD": "battery"}


def test_the_files_are_those_of_the_settings() -> None:
    assert (ROOT / EXAMPLE).read_text(encoding="utf-8") == example(), ANEW
    assert (ROOT / MANUAL).read_text(encoding="utf-8") == manual(), ANEW


def test_the_example_loads() -> None:
    settings = load(ROOT / EXAMPLE, ENVIRON)
    assert settings.mailbox[0].password_env == "AMENDS_IMAP_PASSWORD"
    assert settings.smtp.port == 465


def test_the_example_has_every_key_and_no_other() -> None:
    raw = tomllib.loads(example())
    assert list(raw) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        table = raw[name]
        if isinstance(table, list):
            (table,) = table
        elif is_named(field):
            table = table["default"]
        model = table_of(field)
        assert model is not None
        assert list(table) == list(model.model_fields)


def test_every_key_has_a_meaning_and_a_mend() -> None:
    page = manual()
    for table in tables():
        for name, field in table.model.model_fields.items():
            assert field.description, name
            assert field.json_schema_extra, name
            assert f"| `{name}` | " in page
            assert field.description.replace("|", "\\|") in page


def test_the_defaults_in_the_example_are_the_defaults() -> None:
    # Without the keys that the example shows with a sample, what is left changes nothing.
    settings = load(ROOT / EXAMPLE, ENVIRON)
    assert settings.company.model_fields_set == set(type(settings.company).model_fields)
    for section in (settings.company, settings.calendar["default"], settings.outbox, settings.log):
        for name, field in type(section).model_fields.items():
            if not field.is_required() and isinstance(field.default, int | tuple):
                assert getattr(section, name) == field.default, name
