"""SMTP AUTH by token, as the servers of Microsoft and Google do it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult

from demo.smtp_door import SmtpDoor

_SHOWN = re.compile(r"(?:user=|n,a=)([^\x01,]+),?\x01auth=Bearer ([^\x01]+)\x01\x01")


@dataclass(frozen=True)
class TokenDoor(SmtpDoor):
    """Takes whom `check(user, token)` has nothing against; else it is the SMTP reply."""

    check: Callable[[str, str], str] = lambda user, token: ""

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - the library's name
        return await self._judge(server, args)

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - the library's name
        return await self._judge(server, args)

    async def _judge(self, server: SMTP, args: list[str]) -> AuthResult:
        shown = _SHOWN.fullmatch(base64.b64decode(args[1]).decode())
        assert shown, "neither XOAUTH2 nor OAUTHBEARER"
        if not (refusal := self.check(shown[1], shown[2])):
            return AuthResult(success=True)
        await server.challenge_auth(json.dumps({"status": "401", "schemes": "bearer"}))
        return AuthResult(success=False, handled=False, message=refusal)
