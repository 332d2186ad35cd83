"""HTML to readable text. Quotations get "> " so that `newtext` knows them; nothing is fetched.

Cells of a row stand in one line with a tab between them, entries of lists behind "- " or their
number, the target of a link behind its words where it is another one. What a reader would not see
(preheaders, styles, conditional comments) is left out.

Not on html.parser: before Python 3.11.14 it takes quadratic time on unclosed comments, and a mail
of 1 MiB of "<!--" holds it for many minutes. The pattern here never looks at a sign twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from intake.text import rows

_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>"
    r"|<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,20})\b"
    r"""(?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+|[^<>]*+)>""",
    re.DOTALL,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]{1,200})"|'([^']{1,200})')""", re.IGNORECASE)
_HREF = re.compile(
    r"""\bhref\s*=\s*(?:"\s*([^"]{1,2000})"|'\s*([^']{1,2000})'|([^\s"'>]{1,2000}))""",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d])"
    r"|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "svg", "math", "xml"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt"}
    | {"fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"}
    | {"li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr"}
    | {"ul", "td", "th", "caption"}
)
# All others change nothing but the looks.
_TELLING = _BLOCKS | _SILENT | {"br", "a", "img"}
_RAW = {tag: re.compile(rf"</{tag}\b", re.IGNORECASE) for tag in ("style", "script")}
_BLANK_AFTER = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset({"br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "source"})
_SHOWN_TARGET = re.compile(r"(?:https?://|ftp://|mailto:)", re.IGNORECASE)
_TARGET_DRESS = re.compile(r"^(?:https?://|ftp://|mailto:)?(?:www\.)?|[?/]+$", re.IGNORECASE)
_LONGEST_TARGET = 500
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
# Newsletters pad their preview with these: zero width, soft hyphens, joiners.
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]+")
_MANY_BLANK = re.compile(r"\n(?:[> ]*\n){2,}")
_BLANK_END = re.compile(r"(?:\n[> ]*)+\Z")
DEEPEST_LIST = 10


def to_text(html: str) -> str:
    """The text a reader would see. Never raises on broken markup."""
    if "<" not in html:
        return _plain(html).strip("\n")
    reader = _read(html, hide=True)
    text = reader.text()
    if reader.swallowed():
        # A hidden element that does not end, or a mail that hides all of itself
        reader = _read(html, hide=False)
        text = reader.text()
    if not text and reader.never_closed():
        return _TAG.sub(" ", html).strip()
    return text


def _read(html: str, *, hide: bool) -> _Reader:
    reader = _Reader(hide=hide)
    ends = _RawEnds(html)
    end = 0
    for mark in _MARKUP.finditer(html):
        start = mark.start()
        if start < end:
            continue  # within a style or script, where nothing is markup
        if start > end:
            reader.words(html[end:start])
        end = mark.end()
        closes, tag, attributes = mark.groups()
        if not tag:
            continue
        tag = tag.lower()
        if tag in _TELLING or reader.hides or (":" in attributes and not closes):
            if closes:
                reader.close(tag)
            else:
                reader.open(tag, attributes)
                end = ends.after(tag, end)
    reader.words(html[end:])
    return reader


class _RawEnds:
    """Where styles and scripts end: in them nothing is markup, and they are long."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._open: set[str] = set()  # searched for once, and not found

    def after(self, tag: str, place: int) -> int:
        """The end of what opens here; the same place for all other elements."""
        if tag not in _RAW or tag in self._open:
            return place
        found = _RAW[tag].search(self._html, place)
        if found is None:
            self._open.add(tag)
            return place
        return found.start()


class _Reader:
    def __init__(self, *, hide: bool) -> None:
        self._page = rows.Page()
        self._line: list[str] = []
        self._silent: list[str] = []
        self._hide = hide
        self._hidden: list[str] = []  # the hidden element and those of its name within
        self._left_out = False
        self._pre = 0
        self._lists: list[int] = []  # the number of the next entry; 0: bullets
        self._indent = ""
        self._link: tuple[str, list[str]] | None = None

    @property
    def hides(self) -> bool:
        """Whether a hidden element is open, and every end of one counts."""
        return bool(self._hidden)

    def open(self, tag: str, attributes: str) -> None:
        if tag == "body":
            self._silent.clear()
        elif tag in _SILENT:
            self._silent.append(tag)
        if self._silent or self._is_hidden(tag, attributes):
            return
        if tag in _BLOCKS or tag == "br":
            self._break(always=tag == "br")
        if tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(int(tag == "ol"))
        elif tag == "li":
            self._line.append(self._bullet())
        elif tag == "a" and attributes:
            self._link = _target(attributes)
        elif tag == "img" and (alt := _ALT.search(attributes)):
            self._line.append(f"[{_plain(alt[1] or alt[2])}]")
        else:
            self._page.open(tag)

    def close(self, tag: str) -> None:
        if tag in _SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
            return
        if tag == "body":
            self._silent.clear()
        if self._silent:
            return
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.pop()
            return
        if tag == "a":
            self._end_link()
        if tag in _BLOCKS:
            self._break(always=False)
        if tag in _BLANK_AFTER:
            self._break(always=True)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        else:
            self._page.close(tag)

    def words(self, data: str) -> None:
        if self._silent or self._hidden:
            self._left_out = self._left_out or bool(self._hidden)
            return
        data = _plain(data)
        if self._link is not None:
            self._link[1].append(data)
        if not self._pre:
            plain = " " if data.isspace() and "\xa0" not in data else _SPACES.sub(" ", data)
            self._line.append(plain)
            return
        first, *others = data.split("\n")
        self._line.append(first)
        for line in others:
            self._break(always=True)
            self._line.append(line)

    def _is_hidden(self, tag: str, attributes: str) -> bool:
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
            return True
        if not self._hide or not attributes or tag in _VOID or tag == "body":
            return False
        if ":" in attributes and _HIDDEN.search(attributes):
            self._hidden.append(tag)
            return True
        return False

    def _bullet(self) -> str:
        self._indent = "  " * (min(len(self._lists), DEEPEST_LIST) - 1)
        if not self._lists or not self._lists[-1]:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1] - 1}. "

    def _end_link(self) -> None:
        if self._link is None:
            return
        target, words = self._link
        self._link = None
        said = "".join(words).strip()
        bare = _TARGET_DRESS.sub("", target).lower()
        if said and bare not in _TARGET_DRESS.sub("", said).lower():
            self._line.append(f" <{target}>")

    def _break(self, *, always: bool) -> None:
        line = "".join(self._line)
        self._line.clear()
        if not self._pre:
            line = line.strip(" ")
            line = self._indent + (_SPACES.sub(" ", line) if "  " in line else line)
        self._indent = ""
        line = line.replace("\xa0", " ").rstrip()
        if not line.isascii():
            line = _INVISIBLE.sub("", line).rstrip()
        if line or always:
            self._page.line(line)

    def text(self) -> str:
        self._end_link()
        self._break(always=False)
        whole = _MANY_BLANK.sub("\n\n", "\n".join(self._page.lines())).strip("\n")
        return _BLANK_END.sub("", whole)

    def swallowed(self) -> bool:
        """Whether what was left out as hidden may have been meant to be read."""
        return self._left_out and (bool(self._hidden) or not any(self._page.lines()))

    def never_closed(self) -> bool:
        """Whether everything was swallowed by a head or style that does not end."""
        return bool(self._silent)


def _target(attributes: str) -> tuple[str, list[str]] | None:
    found = _HREF.search(attributes)
    if found is None:
        return None
    target = _plain(found[1] or found[2] or found[3]).strip()
    if not _SHOWN_TARGET.match(target):
        return None
    if target[:7].lower() == "mailto:":
        target = target[7:].partition("?")[0]
    return (target[:_LONGEST_TARGET], []) if target else None


def _plain(data: str) -> str:
    if "&" not in data:
        return data
    try:
        return unescape(data)
    except ValueError:  # a number of more than 4,300 digits
        return data


def looks_like_html(text: str) -> bool:
    """Whether a text that calls itself plain is a page of HTML."""
    start = text[:500].lstrip().lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body"))


META: Sequence[re.Pattern[bytes]] = (
    re.compile(rb"<meta[^>]{0,200}\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE),
    re.compile(rb"<\?xml[^>]{0,100}\bencoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE),
)
_LOOKED_AT = 2_048


def meta_charset(data: bytes) -> str:
    """The charset that the page itself names; "" when it names none."""
    found = next((one for mark in META if (one := mark.search(data, 0, _LOOKED_AT))), None)
    label = found[1].decode("ascii") if found else ""
    # It was readable byte by byte, so it cannot be two bytes a sign.
    return "utf-8" if label.lower().startswith(("utf-16", "utf-32", "unicode")) else label
