"""Forms as strangers send them: counted while they arrive, refused in words, never half read."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from cases.errors import BadInput

_KINDS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
# A browser shows our answer only when it could send all of its form; beyond this it is cut off.
_PATIENCE: Final = 128 * 1024 * 1024


class TooMuch(BadInput):
    """More than a form may hold."""


class _Counted:
    """The body of a request, up to `most` bytes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most = receive, most
        self.seen, self.ended = 0, False

    async def __call__(self) -> Message:
        message = await self._receive()
        self.seen += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self.seen > self._most:
            raise TooMuch(
                f"this form has more than {self._most / 1024**2:.1f} MiB",
                mend="send smaller files, or less text",
            )
        return message

    async def drain(self) -> None:
        """Let the sender come to an end, and keep nothing of it."""
        self._most = _PATIENCE * 2
        while not self.ended and self.seen < _PATIENCE:
            await self()


async def read_form(request: Request, most: int, *, fields: int, files: int = 0) -> FormData:
    """The form of a request of at most `most` bytes; empty when it sends none. Close it.

    TooMuch for more bytes, fields or files; BadInput for what is no form.
    """
    kind = request.headers.get("content-type", "").lower()
    if kind.partition(";")[0].strip() not in _KINDS:
        return FormData()
    # No browser names another one, and Python knows some that take minutes or break (punycode).
    if "charset" in kind and "utf-8" not in kind:
        raise BadInput("this form is not in UTF-8")
    body = _Counted(request.receive, most)
    try:
        return await Request(request.scope, body).form(
            max_files=files, max_fields=fields, max_part_size=most
        )
    except HTTPException as error:
        await body.drain()
        raise _told(str(error.detail)) from error
    except TooMuch:
        await body.drain()
        raise


def _told(detail: str) -> BadInput:
    if detail.startswith("Too many"):
        return TooMuch(
            f"this form has {detail[0].lower()}{detail[1:].rstrip('.')}", mend="send fewer"
        )
    return BadInput("this form cannot be read", mend="open the page anew, and send it again")
