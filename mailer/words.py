"""One Markdown source, two parts: the text that a person reads and the HTML beside it."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from cases.errors import BadInput
from mailer.values import CARRIED, OPEN

WIDTH = 78  # RFC 5322 section 2.1.1: lines SHOULD be no more than 78 characters
PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="{style}">
<div style="max-width: 40em">
{body}</div>
</body>
</html>
"""
# No colours of text and page: the reader's own, light or dark, are the readable ones. The fonts
# are the reader's own too; the Chinese ones come last, else they would write the Latin letters.
STYLE = (
    "margin: 16px; font-family: -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial,"
    " 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; font-size: 15px;"
    " line-height: 1.6; overflow-wrap: break-word"
)
# Inline, because mail programs drop style sheets; what is not here looks well in all of them.
STYLES = {
    "heading_open": "margin: 1.5em 0 0.5em; font-size: 1.1em",
    "bullet_list_open": "margin: 0 0 1em; padding-left: 1.6em",
    "ordered_list_open": "margin: 0 0 1em; padding-left: 1.6em",
    "list_item_open": "margin: 0 0 0.35em",
    "blockquote_open": "margin: 0 0 1em; padding-left: 1em; border-left: 3px solid #8a8f98",
    "code_block": "white-space: pre-wrap",
    "fence": "white-space: pre-wrap",
    "hr": "margin: 1.5em 0; border: 0; border-top: 1px solid #8a8f98",
}


class _Letters(MarkdownIt):
    """CommonMark without raw HTML and pictures: a letter calls nobody when it is opened."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.disable("image")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return url.strip().lower().startswith(("http://", "https://", "mailto:"))


LETTERS = _Letters()


def parse(source: str) -> list[Token]:
    """Return the tokens of a rendered body, with the managers' own Markdown in its places."""
    return list(_splice(LETTERS.parse(source)))


def as_html(tokens: Sequence[Token], *, language: str, title: str) -> str:
    """Return a small complete document."""
    for token in tokens:
        if token.type in STYLES:
            token.attrSet("style", STYLES[token.type])
    body = LETTERS.renderer.render(tokens, LETTERS.options, {})
    return PAGE.format(language=escape(language), title=escape(title), style=STYLE, body=body)


def as_text(tokens: Sequence[Token]) -> str:
    """Return the same words for a reader without HTML, in lines of at most 78 characters."""
    return "\n".join(_joined(_blocks(SyntaxTreeNode(tokens).children, WIDTH))) + "\n"


def _splice(tokens: Sequence[Token]) -> Iterator[Token]:
    skip = 0
    for at, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        inline = tokens[at + 1] if token.type == "paragraph_open" else None
        carried = CARRIED.fullmatch(inline.content) if inline else None
        if carried:
            yield from LETTERS.parse(bytes.fromhex(carried[1]).decode())
            skip = 2
        elif OPEN in token.content:
            raise BadInput("the filter `markdown` needs a paragraph of its own")
        else:
            yield token


def _blocks(nodes: Sequence[SyntaxTreeNode], width: int) -> list[list[str]]:
    return [_block(node, width) for node in nodes]


def _block(node: SyntaxTreeNode, width: int) -> list[str]:
    match node.type:
        case "paragraph" | "heading":
            return _wrapped(_inline(node), width)
        case "bullet_list":
            return _list(node, ["- "] * len(node.children), width)
        case "ordered_list":
            start = int(node.attrs.get("start", 1))
            return _list(node, [f"{start + at}. " for at in range(len(node.children))], width)
        case "blockquote":
            inner = _joined(_blocks(node.children, width - 2))
            return [f"> {line}".rstrip() for line in inner]
        case "fence" | "code_block":
            return [f"    {line}".rstrip() for line in node.content.splitlines()]
        case "hr":
            return ["* * *"]
        case _:
            raise BadInput(f"a letter cannot hold {node.type}")


def _list(node: SyntaxTreeNode, marks: Sequence[str], width: int) -> list[str]:
    tight = all(
        child.hidden
        for item in node.children
        for child in item.children
        if child.type == "paragraph"
    )
    items: list[list[str]] = []
    for mark, item in zip(marks, node.children, strict=True):
        inner = _joined(_blocks(item.children, width - len(mark)), tight=tight) or [""]
        first, *rest = inner
        items.append([(mark + first).rstrip(), *(_indented(line, len(mark)) for line in rest)])
    return _joined(items, tight=tight)


def _indented(line: str, by: int) -> str:
    return (" " * by + line).rstrip()


def _joined(blocks: Sequence[Sequence[str]], *, tight: bool = False) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines += ["", *block] if lines and not tight else block
    return lines


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link(node)
        case _:
            return "".join(map(_inline, node.children))


def _link(node: SyntaxTreeNode) -> str:
    words = "".join(map(_inline, node.children))
    target = str(node.attrs["href"])
    shown = target.removeprefix("mailto:")
    return words if words in (target, shown) else f"{words} <{shown}>"


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        # Chinese has its few spaces inside of phrases: mail programs wrap it better.
        wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
        if wide * 6 > len(line):
            lines.append(line.strip())
        else:
            lines += textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return lines
