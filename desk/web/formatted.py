"""HTML mail as it may be shown: cleaned when displayed, framed, no byte from outside (6 E)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import nh3

from service.child import CHILD

MOST_BYTES: Final = 1024 * 1024
_TAGS: Final = frozenset({
    "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
})  # fmt: skip
# Gone with all that is in them: their content is no text for readers.
_GONE: Final = frozenset({
    "embed", "iframe", "math", "noembed", "noframes", "noscript", "object", "plaintext", "script",
    "select", "style", "svg", "template", "textarea", "title", "xmp",
})  # fmt: skip
_ATTRIBUTES: Final = {
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
_CID: Final = re.compile(r"^cid:<?([^<>\"'\s]+?)>?$", re.IGNORECASE)
# What grows when it is cleaned (a tag that is open is opened again in each paragraph) is refused.
_MOST_CLEAN: Final = 2 * MOST_BYTES


def cleaned(html: str, pictures: Mapping[str, str]) -> str:
    """The mail's HTML with nothing left that acts, leads away or loads.

    `pictures`: Content-ID to the address of our own drawing. Links stay as their words; the text
    of the mail shows where they lead. BadInput for what takes too much time or memory.
    """
    return CHILD.do(clean, html[:MOST_BYTES], dict(pictures))


def clean(html: str, pictures: Mapping[str, str]) -> str:
    """What the child does."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            found = _CID.match(value.strip())
            return pictures.get(unquote(found[1])) if found else None
        return value

    made = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=attribute,
        url_schemes={"http", "https", "cid"},
        url_relative="deny",
        link_rel=None,
        clean_content_tags=set(_GONE),
        strip_comments=True,
    )
    if len(made) > _MOST_CLEAN:
        raise ValueError("it grows when it is cleaned")
    return made
