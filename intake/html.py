"""HTML to readable text. Quotations get "> " so that `newtext` knows them; nothing is fetched.

Not on html.parser: before Python 3.11.14 it takes quadratic time on unclosed comments, and a mail
of 1 MiB of "<!--" holds it for many minutes. The pattern here never looks at a sign twice.
"""

from __future__ import annotations

import re
from html import unescape

_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>"
    r"|<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,20})\b"
    r"""(?P<attributes>(?:[^<>"']|"[^"<]*"|'[^'<]*')*|[^<>]*)>""",
    re.DOTALL,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]{1,200})"|'([^']{1,200})')""", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "head", "template", "noscript", "svg", "math"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt"}
    | {"fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"}
    | {"li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr"}
    | {"ul"}
)
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_MANY_BLANK = re.compile(r"\n(?:[> ]*\n){2,}")
_BLANK_END = re.compile(r"(?:\n[> ]*)+\Z")
DEEPEST_QUOTE = 10


def to_text(html: str) -> str:
    """The text a reader would see. Never raises on broken markup."""
    reader = _Reader()
    end = 0
    for mark in _MARKUP.finditer(html):
        reader.words(html[end : mark.start()])
        end = mark.end()
        if tag := mark["tag"]:
            act = reader.close if mark["end"] else reader.open
            act(tag.lower(), mark["attributes"])
    reader.words(html[end:])
    return reader.text() or _TAG.sub(" ", html).strip() * reader.never_closed()


class _Reader:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent: list[str] = []
        self._quote = 0
        self._pre = 0

    def open(self, tag: str, attributes: str) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if self._silent:
            return
        if tag in _BLOCKS or tag == "br":
            self._break(always=tag == "br")
        if tag == "blockquote":
            self._quote += 1
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._line.append("- ")
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        elif tag == "img" and (alt := _ALT.search(attributes)):
            self._line.append(f"[{_plain(alt[1] or alt[2])}]")

    def close(self, tag: str, attributes: str) -> None:
        if tag in _SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
            return
        if tag == "body":
            self._silent.clear()
        if self._silent:
            return
        if tag in _BLOCKS:
            self._break(always=False)
        if tag == "p":
            self._break(always=True)
        if tag == "blockquote":
            self._quote = max(0, self._quote - 1)
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)

    def words(self, data: str) -> None:
        if self._silent:
            return
        data = _plain(data)
        if not self._pre:
            self._line.append(_SPACES.sub(" ", data))
            return
        first, *others = data.split("\n")
        self._line.append(first)
        for line in others:
            self._break(always=True)
            self._line.append(line)

    def _break(self, *, always: bool) -> None:
        line = "".join(self._line).replace("\xa0", " ").rstrip()
        if not self._pre:
            line = line.strip()
        if line or always:
            self._lines.append("> " * min(self._quote, DEEPEST_QUOTE) + line)
        self._line.clear()

    def text(self) -> str:
        self._break(always=False)
        whole = _MANY_BLANK.sub("\n\n", "\n".join(self._lines)).strip("\n")
        return _BLANK_END.sub("", whole)

    def never_closed(self) -> bool:
        """Whether everything was swallowed by a head or style that does not end."""
        return bool(self._silent)


def _plain(data: str) -> str:
    try:
        return unescape(data)
    except ValueError:  # a number of more than 4,300 digits
        return data
