"""A token service on loopback, as Microsoft's and Google's: tokens, consents, introspection.

with TokenServer(certificate, "complaints1@acme.test") as provider:
    provider.authority            # for msal (TLS); provider.url for Google and Dovecot
    provider.end_tokens()         # every access token has expired
    provider.revoke()             # the person took the consent back
    provider.scope = "other"      # tokens from now on are for something else
    provider.refuse("invalid_client", "AADSTS7000222: The provided client secret ...")
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.certificate import Certificate
from tests.servers.process import HOST

TENANT = "acme"
CLIENT = "amends-client"
SECRET = "CANARY-client-secret"
SCOPE = "mail"


@dataclass
class TokenServer:
    """Counts what it is asked for. `scope` and `lifetime` (seconds) hold for new tokens."""

    certificate: Certificate
    user: str
    scope: str = SCOPE
    lifetime: int = 3600
    rotates: bool = True  # each use of a consent gives a new one, and ends the old
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)  # token: user, scope
    consents: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)  # code: PKCE challenge
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    introspected: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"server_of_tokens": self})
        self._plain = ThreadingHTTPServer((HOST, 0), handler)
        self._tls = ThreadingHTTPServer((HOST, 0), handler)
        context = self.certificate.for_server()
        self._tls.socket = context.wrap_socket(self._tls.socket, server_side=True)
        self.url = f"http://{HOST}:{self._plain.server_port}"
        self.authority = f"https://{HOST}:{self._tls.server_port}"
        for server in (self._plain, self._tls):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *why: object) -> None:
        for server in (self._plain, self._tls):
            server.shutdown()
            server.server_close()

    # --- what a test does

    def end_tokens(self) -> None:
        """All tokens that were given out have expired."""
        self.tokens.clear()

    def revoke(self) -> None:
        """Every consent is taken back; the tokens that came of it end too."""
        self.consents.clear()
        self.end_tokens()

    def refuse(self, error: str, words: str = "", *, status: int = 400) -> None:
        """The answer to the next question for a token."""
        self.refusals.append((status, {"error": error, "error_description": words}))

    def consent_at(self, url: str) -> str:
        """A person goes to `url` and says yes; the address at which the browser ends."""
        query = {
            k: v[0] for k, v in urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).items()
        }
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{next(self._numbers)}"
        self.codes[code] = query["code_challenge"]
        back = urllib.parse.urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}/?{back}"

    def service_account(self, file: Path) -> Path:
        """The JSON key of a service account of this provider."""
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return _private(
            file,
            {
                "type": "service_account",
                "client_email": "amends@project.test",
                "private_key_id": "1",
                "private_key": key.decode(),
                "token_uri": f"{self.url}/token",
            },
        )

    def desktop_client(self, file: Path) -> Path:
        """The JSON file of an OAuth client of the type "Desktop app"."""
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "auth_uri": f"{self.url}/auth",
            "token_uri": f"{self.url}/token",
        }
        return _private(file, {"installed": client})

    # --- what it answers

    def issue(self, user: str) -> dict[str, Any]:
        """A new token."""
        token = f"CANARY-token-{next(self._numbers)}"
        with self._lock:
            self.tokens[token] = (user, self.scope)
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}

    def consented(self, old: str = "") -> dict[str, Any]:
        """A new token with a consent."""
        if self.rotates or not old:
            self.consents.discard(old)
            old = f"CANARY-consent-{next(self._numbers)}"
            self.consents.add(old)
        return self.issue(self.user) | {"refresh_token": old}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/introspect":
            self.introspected += 1
            user, scope = self.tokens.get(form.get("token", ""), ("", ""))
            return 200, {"active": bool(user), "username": user, "scope": scope}
        if path.endswith("/openid-configuration"):
            base = f"{self.authority}/{TENANT}/oauth2/v2.0"
            return 200, {
                "issuer": f"{self.authority}/{TENANT}/v2.0",
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "device_authorization_endpoint": f"{base}/devicecode",
            }
        self.asked.append(form)
        if self.refusals:
            return self.refusals.pop(0)
        if path.endswith("/devicecode"):
            return 200, {
                "device_code": "device",
                "user_code": "ABCD1234",
                "verification_uri": "https://login.example.com/device",
                "expires_in": 900,
                "interval": 1,
                "message": "open https://login.example.com/device and enter ABCD1234",
            }
        return self._token(form)

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kind = form.get("grant_type", "").rpartition(":")[2]
        if kind in ("client_credentials", "authorization_code"):
            proven = form.get("client_secret") == SECRET or form.get("client_assertion")
            if not proven:
                return 401, _refused("invalid_client", "AADSTS7000215: Invalid client secret")
        match kind:
            case "client_credentials":
                return 200, self.issue(self.user)
            case "jwt-bearer":
                return 200, self.issue(_claims(form["assertion"])["sub"])
            case "device_code":
                return 200, self.consented()
            case "authorization_code":
                proof = hashlib.sha256(form["code_verifier"].encode()).digest()
                challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
                if self.codes.pop(form["code"], None) == challenge:
                    return 200, self.consented() | {"scope": "https://mail.google.com/"}
            case "refresh_token" if form["refresh_token"] in self.consents:
                return 200, self.consented(form["refresh_token"])
        return 400, _refused("invalid_grant", "Token has been expired or revoked.")


class _Handler(BaseHTTPRequestHandler):
    server_of_tokens: TokenServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(*self.server_of_tokens.answer(self.path, {}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {key: values[0] for key, values in urllib.parse.parse_qs(body).items()}
        basic = self.headers.get("Authorization", "")
        if basic.startswith("Basic "):
            user, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            form |= {"client_id": user, "client_secret": urllib.parse.unquote(secret)}
        self._send(*self.server_of_tokens.answer(self.path, form))

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Quiet."""


def _refused(error: str, words: str) -> dict[str, Any]:
    return {"error": error, "error_description": words}


def _claims(jwt: str) -> dict[str, Any]:
    middle = jwt.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=="))
    return found


def _private(file: Path, content: dict[str, Any]) -> Path:
    file.touch(mode=0o600)
    file.write_text(json.dumps(content))
    return file
