"""Facts stay words: nothing that a customer or manager writes becomes markup or a program."""

from __future__ import annotations

import re
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import BadInput
from mailer import samples
from mailer.templates import Templates, Words, product_folder
from mailer.values import UNSEEN, environment
from mailer.words import as_html, as_text, parse

BODY = "Before {{ fact }} after.\n\n- {{ fact }}\n\n{{ fact }}\n\nEnd."


def written(template: str, **facts: object) -> tuple[str, str]:
    """Return text and the HTML body that a template gives."""
    source = environment(markdown=True).from_string(template).render(facts)
    tokens = parse(source)
    page = as_html(tokens, language="en", title="t")
    return as_text(tokens), page[page.index("<div") :].partition("\n")[2]


@pytest.mark.parametrize(
    "value",
    [
        "{{ 7*7 }}",
        "{% for x in range(9) %}x{% endfor %}",
        "<script>alert(1)</script>",
        "<img src=http://evil.example/x.png>",
        "&lt;b&gt; &amp; &#60;",
        "**bold** _it_ `code` ~~no~~",
        "[click](http://evil.example)",
        "![pixel](http://evil.example/x.png)",
        "<http://evil.example>",
        "[x]: http://evil.example",
        "# heading",
        "1. one",
        "- item",
        "> quote",
        "```",
        "---",
        "===",
        "    code",
        "a\\",
        string.punctuation,
    ],
)
def test_a_value_reads_as_itself(value: str) -> None:
    text, page = written(BODY, fact=value)
    value = value.strip()
    assert text == f"Before {value} after.\n\n- {value}\n\n{value}\n\nEnd.\n"
    assert set(re.findall(r"<(\w+)", page)) == {"p", "ul", "li"}


def test_lines_of_a_value_stay_lines_and_start_nothing() -> None:
    text, page = written("{{ fact }}", fact="one\r\n\r\n\r\n# two\n    three\n> four")
    assert text == "one\n# two\nthree\n> four\n"
    assert set(re.findall(r"<(\w+)", page)) == {"p", "br"}


def test_unseen_characters_are_left_out() -> None:
    text, _ = written("{{ fact }}", fact="a\0b\x1b[31mc\u202ed\ue000616263\ue001")
    assert text == "ab[31mcd616263\n"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_value_becomes_markup(value: str) -> None:
    _, page = written("x {{ fact }} y\n\n- {{ fact }} z", fact=value)
    assert set(re.findall(r"<(\w+)", page)) <= {"p", "br", "ul", "li"}


def test_subjects_are_one_plain_line() -> None:
    subject = environment(markdown=False).from_string("About {{ fact }}")
    assert subject.render(fact="a*b\r\nBcc: x\0 {{ 7*7 }}") == "About a*b Bcc: x {{ 7*7 }}"


# --- a manager's Markdown


def test_markdown_is_kept_and_raw_html_is_not() -> None:
    text, page = written("{{ fact | markdown }}", fact="**so** <b>raw</b>\n\n- one\n- two")
    assert text == "so <b>raw</b>\n\n- one\n- two\n"
    assert "<strong>so</strong> &lt;b&gt;raw&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("[a](https://x.example/a)", ["https://x.example/a"]),
        (
            "[a](http://x.example) <mailto:qc@x.example>",
            ["http://x.example", "mailto:qc@x.example"],
        ),
        ("[a](javascript:alert(1))", []),
        ("[a](JAVASCRIPT:alert(1)) <javascript:alert(1)>", []),
        ("[a](data:text/html,x) [b](file:///etc/passwd) [c](/logout) [d](//x.example)", []),
        ("![pixel](https://x.example/p.png)", ["https://x.example/p.png"]),
    ],
)
def test_only_links_that_a_letter_may_have(source: str, links: list[str]) -> None:
    _, page = written("{{ fact | markdown }}", fact=source)
    assert re.findall(r'href="([^"]*)"', page) == links
    assert "<img" not in page


@pytest.mark.parametrize(
    "source", ["```\nopen fence", "> quote", "- item", "[x]: http://e.example"]
)
def test_markdown_of_a_manager_cannot_swallow_the_letter(source: str) -> None:
    _, page = written("{{ fact | markdown }}\n\nEnd [x].", fact=source)
    assert page.endswith("<p>End [x].</p>\n</div>\n</body>\n</html>\n")


@pytest.mark.parametrize("value", ["{{ 7*7 }}", "{% raw %}", "\ue00037\ue001"])
def test_markdown_is_never_compiled_as_a_template(value: str) -> None:
    text, _ = written("{{ fact | markdown }}", fact=value)
    assert text.strip() == UNSEEN.sub("", value)


def test_markdown_through_another_filter_is_plain_again() -> None:
    text, page = written("{{ fact | markdown | upper }}", fact="**so**")
    assert text == "**SO**\n"
    assert "<strong>" not in page


# --- the text part


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a\nb", "a b"),
        ("a\\\nb", "a\nb"),
        ("# Head\n\nbody", "Head\n\nbody"),
        ("1. a\n2. b\n   - c", "1. a\n2. b\n   - c"),
        ("- a\n\n  b\n\n- c", "- a\n\n  b\n\n- c"),
        ("9. a\n10. b", "9. a\n10. b"),
        ("- ```\n  x\n  ```", "-     x"),
        ("> said\n> so", "> said so"),
        ("see [our page](https://x.example/a)", "see our page <https://x.example/a>"),
        ("<https://x.example/a>", "https://x.example/a"),
        ("[write](mailto:qc@x.example)", "write <qc@x.example>"),
        ("    code  here", "    code  here"),
        ("***", "* * *"),
        ("*em* **strong** `x_y`", "em strong x_y"),
        ("word " * 30, "word " * 14 + "word\n" + "word " * 14 + "word"),
        ("- " + "word " * 20, "- " + "word " * 14 + "word\n  " + "word " * 4 + "word"),
        ("x" * 100, "x" * 100),
        ("编号 KS2026-001 的" * 12, "编号 KS2026-001 的" * 12),
    ],
)
def test_markdown_as_text(markdown: str, text: str) -> None:
    assert as_text(parse(markdown)) == text + "\n"


@pytest.mark.parametrize("language", ["en", "de"])
def test_lines_are_at_most_78_characters(language: str) -> None:
    templates = Templates([product_folder()], [language])
    for name in templates.names:
        for _, facts in templates.samples(name, language):
            words = templates.render(name, language, facts)
            assert max(map(len, words.text.splitlines())) <= 78, name


def test_what_a_manager_writes_is_styled_inline() -> None:
    source = "# One\n\n> two\n\n- three\n\n---\n\n```\nfour\n```"
    _, page = written("{{ fact | markdown }}", fact=source)
    for tag in ("h1", "blockquote", "ul", "li", "hr", "code"):
        assert f'<{tag} style="' in page
    assert "http" not in page


# --- days


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "9 October 2026"),
        ("de", "9. Oktober 2026"),
        ("zh", "2026年10月9日"),
        ("fr", "2026-10-09"),
    ],
)
@pytest.mark.parametrize("day", ["2026-10-09", " 2026-10-09 ", date(2026, 10, 9)])
def test_a_day_is_written_as_its_readers_do(day: str | date, language: str, expected: str) -> None:
    source = environment(markdown=True, language=language).from_string("{{ fact | day }}")
    assert as_text(parse(source.render(fact=day))) == f"{expected}\n"


@pytest.mark.parametrize("value", ["9/10/2026", "next week", "", "2026-02-30", None])
def test_what_is_no_day_is_refused(value: str | None) -> None:
    with pytest.raises(BadInput, match="is not a day; write it as in 2026-10-09"):
        environment(markdown=True).from_string("{{ fact | day }}").render(fact=value)


# --- in a whole letter


def test_hostile_facts_in_a_whole_letter(tmp_path: Path) -> None:
    evil = "</p><script>x</script> **b** {{ 7*7 }} [l](http://evil.example)"
    templates = Templates([product_folder()], ["en"])
    facts = {
        **samples.COMMON,
        "case": {"number": "KS2026-001", "lines": [{"part_name": evil, "po_pi_no": evil,
                 "quantity_complained": evil}]},
        "customer": {"name": evil, "contact_name": evil},
        "manager": {"name": evil, "phone": evil, "title": evil, "signature": "S"},
        "introduction": evil,
        "options": [{"letter": "A", "text": evil}],
        "questions": [evil],
    }  # fmt: skip
    words: Words = templates.render("solution_proposal", "en", facts)
    assert "<script" not in words.html
    assert "49" not in words.text + words.html
    assert words.html.count("<a ") == 1  # the manager's own introduction may link
    assert words.html.count("<strong>b</strong>") == 1
