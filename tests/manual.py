"""Judges one page of the manual: does everything that it names exist?

Paths, links, commands, options, keys, facts and names are compared with the product itself.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

import desk.cli
from config import shape
from demo.__main__ import main as demo
from mailer import samples
from storage import tables

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").rglob("*.md"),
    )
)
TOOLS = ("benchmarks", "tests")  # what `./run` starts besides the product
SOURCES = ("cases", "config", "intake", "mailer", "storage", "reports", "service", "desk", "demo")

FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.-]*[\w-]/[\w./-]*|[\w-]+\.(?:md|py|toml|html|eml|cfg)")
DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")
HOST = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|cn|de)\b")
MACHINE = re.compile(r"(?<![\w./])/(?:home|root|tmp|work|usr|opt|var|mnt|etc|Users)\b|[A-Z]:\\")
# Where docs/install.md puts things on a machine of the operator.
INSTALLED = re.compile(r"/(?:etc|opt|var/lib)/(?:amends|systemd/system)\b[\w./-]*")
# What an operator must write or open to connect a mailbox there.
PROVIDERS = (
    "outlook.office365.com",
    "smtp.office365.com",
    "login.microsoftonline.com",
    "gmail.com",
    "google.com",
)
THREAD = re.compile(r"\b[\w-]+#\d+")
# sha256 of other projects' names, cut to 12 digits: this file does not name them either.
OTHERS = {
    "dd9c764fa7ea",
    "578c4a159e56",
    "25b85d5b53d4",
    "e6cd6593df64",
    "88ccab686a7b",
    "6bf86c4d2deb",
    "950ac66de61e",
    "d14620964103",
    "b5587bfd231a",
    "05c37e7d2d86",
    "d7b82b3ed87a",
    "06b8e1bfffb5",
    "3f710fda3b9d",
    "ee5b06fcf811",
    "bfcf44328d2b",
    "3aabed2fdda7",
    "eeecedc41e34",
    "444919d2ea15",
    "e473f24d4325",
    "ec53b05ca723",
    "3ccbd9105a45",
}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    return [textwrap.dedent(body) for lang, body in FENCE.findall(text) if lang in languages]


def spans(text: str) -> list[str]:
    return SPAN.findall(FENCE.sub("", text))


# --- paths and links


def missing_paths(text: str) -> list[str]:
    named = [span for span in spans(text) if PATH.fullmatch(span)]
    return [path for path in named if not _there(path)]


def _there(path: str) -> bool:
    """In the clone, or in a folder that a run makes and git ignores (.venv, .state)."""
    made = [line.strip("/") for line in text_of(".gitignore").splitlines()]
    return path.split("/")[0] in made or (ROOT / path).exists()


def broken_links(page: str, text: str) -> list[str]:
    return [link for link in LINK.findall(FENCE.sub("", text)) if not _leads_on(page, link)]


def _leads_on(page: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    if not target.is_file() or not anchor:
        return target.is_file()
    heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    return anchor in anchors


# --- commands and options


def commands(text: str) -> Iterator[list[str]]:
    """Every command line of the page that begins with `amends` or `./run`, as words."""
    shown = [line for block in blocks(text, "sh", "text") for line in block.splitlines()]
    for line in (*shown, *spans(text)):
        if re.match(r"(?:\./run|amends)(?:\s|$)", line.strip()):
            yield shlex.split(line.replace("[", " ").replace("]", " "), comments=True)


def wrong_commands(text: str) -> list[str]:
    return [f"{' '.join(words)}: {what}" for words in commands(text) for what in _faults(words)]


def _faults(words: list[str]) -> Iterator[str]:
    if words[0] == "amends":
        yield from _amends_faults(words[1:])
    elif words[:2] == ["./run", "amends"]:
        yield from _amends_faults(words[2:])
    elif len(words) > 1 and not re.search(rf"^\./run {words[1]}\b", run_help(), re.MULTILINE):
        yield f"./run has no {words[1]}"
    else:
        known = {*re.findall(r"--\w+", run_help()), *_options(demo)}
        yield from (f"no option {word}" for word in words if word[:2] == "--" and word not in known)


def _amends_faults(words: list[str]) -> Iterator[str]:
    command: click.Command = desk.cli.main
    known = _options(command)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in ("COMMAND", "..."):
            return
        if word.startswith("--"):
            if word not in known:
                yield f"no option {word}"
            elif not known[word]:
                rest = rest[1:]
        elif isinstance(command, click.Group):
            if word not in command.commands:
                yield f"no command {word}"
                return
            command = command.commands[word]
            known |= _options(command)


def _options(command: click.Command) -> dict[str, bool]:
    """The options of a command, and whether each is a flag."""
    return {"--help": True} | {
        name: option.is_flag
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }


def every_command(
    command: click.Command = desk.cli.main, path: str = "amends"
) -> dict[str, set[str]]:
    """Each command that does something, with its own options."""
    if isinstance(command, click.Group):
        found: dict[str, set[str]] = {}
        for name, one in command.commands.items():
            found |= every_command(one, f"{path} {name}")
        return found
    return {path: set(_options(command)) - {"--help"}}


@cache
def run_help() -> str:
    return subprocess.run(
        ["sh", "run", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


@cache
def tool_options() -> dict[str, set[str]]:
    """The options of the modules that `./run` starts, with the words that each may be."""
    sources = (f.read_text(encoding="utf-8") for room in TOOLS for f in (ROOT / room).rglob("*.py"))
    options: dict[str, set[str]] = {}
    for name, rest in re.findall(r'add_argument\("(--\w+)"(.*)', "\n".join(sources)):
        options.setdefault(name, set()).update(re.findall(r'"([a-z]+)"', rest))
    return options


def wrong_options(text: str) -> list[str]:
    known = {name for options in every_command().values() for name in options}
    known |= {*_options(desk.cli.main), *_options(demo), *re.findall(r"--\w+", run_help())}
    known |= {*tool_options()}
    named = [span.split()[0] for span in spans(text) if span.startswith("--")]
    return [name for name in named if name not in known]


# --- names: keys of the configuration, facts, tables, states, kinds


def unknown_names(text: str) -> list[str]:
    keys = {f"{t.name}.{key}" for t in shape.tables() for key in t.model.model_fields}
    facts = {
        f"{name}.{key}"
        for name, value in {**samples.COMMON, **samples.INTERNAL}.items()
        if isinstance(value, dict)
        for key in value
    }
    columns = {
        f"{table.name}.{c.name}"
        for table in vars(tables).values()
        if hasattr(table, "c")
        for c in table.c
    }
    choices = {word for words in tool_options().values() for word in words}
    samples_of_names = re.compile(r"\.(?:default|proposal)\]$")
    headers = {samples_of_names.sub(".NAME]", table.header) for table in shape.tables()}
    found = []
    for span in spans(text):
        if DOTTED.fullmatch(span) and not PATH.fullmatch(span):
            found += [span] if span not in keys | facts | columns else []
        elif re.fullmatch(r"\[+[\w.]+\]+", span):
            found += [span] if span not in headers else []
        elif WORD.fullmatch(span):
            known = span in choices or re.search(rf"\b{span}\b", product())
            found += [] if known else [span]
    return found


@cache
def product() -> str:
    """All sources, letters and the like of the product as one text."""
    ends = {".py", ".toml", ".md"}
    files = [f for room in (*SOURCES, "templates") for f in (ROOT / room).rglob("*")]
    return "\n".join(f.read_text(encoding="utf-8") for f in files if f.suffix in ends)


# --- what must not be there


def unwanted(text: str) -> list[str]:
    hosts = [h for h in HOST.findall(text) if not h.endswith(("example.com", *PROVIDERS))]
    words = set(re.findall(r"[a-z][a-z-]+", text.lower()))
    others = [w for w in words if hashlib.sha256(w.encode()).hexdigest()[:12] in OTHERS]
    return [*hosts, *MACHINE.findall(INSTALLED.sub("", text)), *THREAD.findall(text), *others]
