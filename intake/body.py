"""What the writer wrote: the text of a mail, chosen among its parts, and the files beside it.

Plain text is taken where there is some, because nothing of it is lost; HTML where the plain text
is missing, blank or only says that there is HTML; other forms of text where there is nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

from intake.attached import openers
from intake.attached.attachments import Files
from intake.mail import Attachment
from intake.mime import tree as mime
from intake.text import decoding, enriched, flowed, html
from intake.text import header as text

TEXT_CHARS: Final = 1024 * 1024
# No sign takes more bytes; so much of a longer text is looked at.
_TEXT_BYTES: Final = 4 * TEXT_CHARS
_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "text/html": html.to_text,
    "text/enriched": enriched.to_text,
    "text/richtext": enriched.richtext_to_text,
    "text/markdown": str,
    "text/x-markdown": str,
    "text/x-web-markdown": str,
}
# Renderings for one program; the others of the same alternative say the same.
_IGNORED: Final = frozenset({"text/x-amp-html", "text/watch-html"})
_PLACEHOLDER: Final = 600
_SAYS_HTML: Final = re.compile(
    r"html|browser|\bonline\b|rich text|multi-?part|mime|浏览器|瀏覽器|网页|網頁"
    r"|ブラウザ|브라우저|браузер|navigateur|navegador|przegląd|prohlížeč",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(r"[\W_]+")
_FLOWED: Final = re.compile(r"format\s*=\s*\"?flowed", re.IGNORECASE)
_DELSP: Final = re.compile(r"delsp\s*=\s*\"?yes", re.IGNORECASE)


Words = str | Callable[[], str]  # a page is read when its words are wanted


@dataclass(slots=True)
class Body:
    """The leaves told apart: shown texts, and files."""

    plain: list[str] = field(default_factory=list)  # without the HTML of alternatives
    rich: list[Words] = field(default_factory=list)  # without the plain text of alternatives
    named: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)  # of the plain text, the one beside HTML
    pages: list[Words] = field(default_factory=list)  # ... and that HTML
    inside: list[str] = field(default_factory=list)  # what files say where nothing else does
    files: list[Attachment] = field(default_factory=list)
    codec: str = ""  # that read the first text of eight bits

    def text(self) -> str:
        """Plain text if there is some; named texts only where nothing else is written."""
        if not self._prefers_page() and _filled(self.plain):
            return _joined(self.plain)
        page = _joined([_read(one) for one in self.rich])
        if page:
            return page
        return next(
            (_joined(texts) for texts in (self.plain, self.named, self.inside) if _filled(texts)),
            "",
        )

    def _prefers_page(self) -> bool:
        said = "\n".join(self.instead)
        if not self.pages or len(said) > _PLACEHOLDER:
            return False
        self.pages = [_read(one) for one in self.pages]
        return says_see_html(said, "\n".join(map(_read, self.pages)))


def _read(words: Words) -> str:
    return words if isinstance(words, str) else words()


def _filled(texts: Iterable[str]) -> bool:
    return any(map(str.strip, texts))


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(one.strip("\n") for one in texts if one.strip())


def says_see_html(plain: str, page: str) -> bool:
    """Whether a plain text only stands in for the page: blank, or "your program shows no HTML"."""
    if not page.strip() or len(plain) > _PLACEHOLDER:
        return False
    said, shown = _LETTERS.sub("", plain).lower(), _LETTERS.sub("", page).lower()
    if not said:
        return True
    if said in shown:
        return False
    return bool(_SAYS_HTML.search(plain)) or (len(said) < 10 and len(shown) > 40)


def body(tree: mime.Tree) -> Body:
    """Walk the leaves once; what had to be guessed goes to the defects of the tree."""
    found = Body()
    files = Files(tree.defects)
    leaves = tree.leaves()
    hints = frozenset(
        filter(None, (text.codec_of(leaf.charset) for leaf in leaves if leaf.charset))
    )
    for leaf in leaves:
        if leaf.content_type in _IGNORED and leaf.alternative:
            continue
        is_file = openers.is_file(leaf) and not _is_other_text(leaf)
        if is_file:
            files.take(leaf)
        if is_file and (not openers.is_shown(leaf) or leaf.disposition == "attachment"):
            continue
        data = leaf.data() if is_file else files.take_out(leaf)
        if is_file:
            found.named.append(_words(found, leaf, data, tree.defects, hints))
        elif leaf.alternative and leaf.content_type == "text/html":
            page = cache(partial(_words, found, leaf, data, tree.defects, hints))
            found.rich.append(page)
            found.pages.append(page)
        else:
            _sort_in(found, leaf, _words(found, leaf, data, tree.defects, hints))
    found.files = files.found
    found.inside += files.texts
    return found


def _is_other_text(leaf: mime.Leaf) -> bool:
    """Text in a form that hardly anybody sends: shown like the others, unless it is a file."""
    is_text = leaf.content_type in _READERS and leaf.content_type != "text/html"
    return is_text and leaf.disposition != "attachment" and not leaf.name


def _sort_in(found: Body, leaf: mime.Leaf, words: str) -> None:
    if not leaf.alternative:
        found.plain.append(words)
        found.rich.append(words)
    elif leaf.content_type in _READERS:
        found.inside.append(words)
    else:
        found.plain.append(words)
        found.instead.append(words)


def _words(
    found: Body, leaf: mime.Leaf, data: bytes, defects: list[str], hints: Collection[str]
) -> str:
    """The words of a text leaf, one form for all kinds, at most 1 Mi signs."""
    words, codec = decoded(leaf, data, defects, hints)
    if not data.isascii():
        found.codec = found.codec or codec
    if "\r" in words:
        words = words.replace("\r\n", "\n").replace("\r", "\n")
    words = cut(words, defects)
    if leaf.content_type in _READERS:
        return _READERS[leaf.content_type](words)
    if html.looks_like_html(words):
        defects.append("HTML that calls itself plain text")
        return html.to_text(words)
    fields = str(leaf.node.get("content-type", ""))
    if _FLOWED.search(fields):
        words = flowed.joined(words, delsp=bool(_DELSP.search(fields)))
    return words


def decoded(
    leaf: mime.Leaf, data: bytes, defects: list[str], hints: Collection[str] = ()
) -> tuple[str, str]:
    """The signs of a text leaf, and the codec; a page may name its charset itself."""
    if len(data) > _TEXT_BYTES:
        data = data[: data.rfind(b"\n", 0, _TEXT_BYTES) + 1 or _TEXT_BYTES]
    label = leaf.charset
    if leaf.content_type == "text/html" and text.codec_of(label) is None:
        label = html.meta_charset(data) or label
    words, read_by = decoding.decode(data, label, hints)
    note = decoding.told(data, label, words, read_by)
    if note:
        defects.append(note)
    if decoding.encoded_twice(words):
        defects.append("signs garbled before the mail was sent (UTF-8 encoded twice)")
    return words, read_by


def cut(words: str, defects: list[str]) -> str:
    """At most 1 Mi signs."""
    if len(words) <= TEXT_CHARS:
        return words
    defects.append(f"text cut after {TEXT_CHARS} characters")
    return words[:TEXT_CHARS]
