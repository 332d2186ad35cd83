"""Which files a letter may carry: a mail that servers refuse whole helps no customer."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from cases.errors import BadInput
from mailer.compose import Attachment

NAME_LIMIT = 120  # characters; compose shortens what is longer, and then it is another file
# Programs and what starts them. Mail servers refuse the whole letter for one of these, and a
# customer who is told to open one would be badly served.
PROGRAMS = frozenset({
    "ade", "adp", "apk", "app", "appx", "appxbundle", "bat", "cab", "chm", "cmd", "com", "cpl",
    "dll", "dmg", "exe", "gadget", "hta", "img", "inf", "ins", "iso", "isp", "jar", "jnlp",
    "js", "jse", "lib", "lnk", "mde", "mjs", "msc", "msh", "msi", "msix", "msp", "mst", "nsh",
    "pif", "ps1", "psm1", "reg", "scf", "scr", "sct", "sh", "shb", "shs", "sys", "url", "vb",
    "vbe", "vbs", "vbscript", "vhd", "vhdx", "vxd", "wsc", "wsf", "wsh", "xll",
})  # fmt: skip
PROGRAM_TYPES = frozenset({
    "application/hta", "application/java-archive", "application/javascript",
    "application/x-bat", "application/x-dosexec", "application/x-executable",
    "application/x-javascript", "application/x-ms-installer", "application/x-ms-shortcut",
    "application/x-msdos-program", "application/x-msdownload", "application/x-msi",
    "application/x-sh", "application/vnd.microsoft.portable-executable", "text/javascript",
    "text/vbscript",
})  # fmt: skip


def sendable(attachments: Sequence[Attachment], *, limit: int) -> None:
    """Raise BadInput for what must not leave. `limit`: bytes of all files together."""
    for attachment in attachments:
        _check_name(attachment.name)
        _check_kind(attachment)
    size = sum(len(attachment.data) for attachment in attachments)
    if size > limit:
        biggest = max(attachments, key=lambda one: len(one.data))
        raise BadInput(
            f"the files have {_megabytes(size)}, but a letter may carry {_megabytes(limit)}",
            mend=f"leave out or shrink {biggest.name} ({_megabytes(len(biggest.data))})",
        )


def _check_name(name: str) -> None:
    if not name.strip(". "):
        raise BadInput("a file needs a name", mend="name it")
    if len(name) > NAME_LIMIT:
        raise BadInput(f"the file name {name[:40]}... is too long", mend="shorten it")
    # `isprintable` is also false for the override that turns gpj.exe around (U+202E).
    if not name.isprintable():
        raise BadInput(f"the file name {name!r} has hidden characters", mend="rename the file")
    # A colon starts a drive or an alternate stream on Windows.
    if any(c in name for c in "/\\:") or name in (".", ".."):
        raise BadInput(f"the file name {name!r} has a path in it", mend="rename the file")


def _check_kind(attachment: Attachment) -> None:
    # Windows drops dots and spaces at the end; NFKC turns look-alike letters into those it obeys.
    name = unicodedata.normalize("NFKC", attachment.name).rstrip(". ").lower()
    ending = name.rpartition(".")[2].strip() if "." in name else ""
    kind = attachment.content_type.partition(";")[0].strip().lower()
    if ending in PROGRAMS or kind in PROGRAM_TYPES:
        raise BadInput(
            f"{attachment.name} is a program ({ending if ending in PROGRAMS else kind}), and mail"
            " servers refuse letters with programs",
            mend="send it another way",
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
