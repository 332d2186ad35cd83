"""The type of a file by its first bytes: what it is, beside what the mail says it is.

Own table: the libraries for this took our spreadsheets for documents, or know no text (deps.md 10).
"""

from __future__ import annotations

import re
from typing import Final

# Whatever decides stands at the start; a big file costs no more than a small one.
LOOKED_AT: Final = 4096
_ENDS_UNDECIDED: Final = 3  # bytes of a character that the prefix may have cut

# (offset, bytes, type): the first that fits.
_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\0\0\x01\0", "image/x-icon"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (8, b"AVI ", "video/x-msvideo"),
    (8, b"WAVE", "audio/wav"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\0\x05\x16\x07", "application/applefile"),
    (0, b"\0\x05\x16\0", "application/applefile"),
    (0, b"ISO-10303-21;", "model/step"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"-----BEGIN PGP SIGNATURE-----", "application/pgp-signature"),
    (0, b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
    (0, b"-----BEGIN PGP PUBLIC KEY", "application/pgp-keys"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"BM", "image/bmp"),
)
_ZIP: Final = b"PK\x03\x04"
_OOXML: Final = "application/vnd.openxmlformats-officedocument."
# A name of a file inside -> what the whole is.
_IN_ZIP: Final = (
    (b"word/", _OOXML + "wordprocessingml.document"),
    (b"xl/", _OOXML + "spreadsheetml.sheet"),
    (b"ppt/", _OOXML + "presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
)
_ODF: Final = re.compile(rb"mimetype(application/[a-z0-9.+-]{1,80})")
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams as they stand in the directory of a compound file.
_IN_COMPOUND: Final = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("__nameid_version1.0", "application/vnd.ms-outlook"),
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_MARKUP: Final = (
    (re.compile(rb"(?i)\A\s*(?:<!doctype html|<html|<head|<body)"), "text/html"),
    (
        re.compile(rb"(?i)\A\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,500}?-->\s*)?<svg"),
        "image/svg+xml",
    ),
    (re.compile(rb"\A\s*<\?xml"), "text/xml"),
)
_BINARY: Final = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(data: bytes) -> str:
    """The type that the bytes themselves show; "" for nothing known."""
    start = data[:LOOKED_AT]
    if start.startswith(_ZIP):
        return _in_zip(start)
    if start.startswith(COMPOUND):
        return _in_compound(data)
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "video/mp4")
    plain = start.removeprefix(b"\xef\xbb\xbf")
    for offset, magic, kind in _MAGIC:
        if plain.startswith(magic, offset):
            return kind
    if start.find(b"%PDF-", 0, 1024) > 0:
        return "application/pdf"
    return _text(plain)


def _in_zip(start: bytes) -> str:
    if found := _ODF.search(start, 0, 200):
        return found[1].decode("ascii")
    return next((kind for name, kind in _IN_ZIP if name in start), "application/zip")


def _in_compound(data: bytes) -> str:
    first, size = (
        int.from_bytes(data[48:52], "little"),
        1 << min(data[30] if len(data) > 30 else 9, 12),
    )
    place = (first + 1) * size
    listing = data[place : place + LOOKED_AT]
    for name, kind in _IN_COMPOUND:
        if name.encode("utf-16-le") in listing:
            return kind
    return "application/x-ole-storage"


def _text(start: bytes) -> str:
    if not start:
        return ""
    for pattern, kind in _MARKUP:
        if pattern.match(start):
            return kind
    if _BINARY.search(start):
        return ""
    for cut in range(_ENDS_UNDECIDED + 1):
        try:
            start[: len(start) - cut].decode()
        except UnicodeDecodeError:
            continue
        return "text/plain"
    return ""
