"""Tokens of Google by google-auth: a service account for a user of the domain, or a person who
consented in a browser (an installed app, RFC 8252)."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cases.errors import BadInput, NeedsMending, TryLater
from config.log_in import LogIn
from config.secrets import Secret
from service.tokens.advice import Refusal, google_mend
from service.tokens.consent_file import first_consent, keep_consent, read_consent
from service.tokens.kept import Issued

SCOPES: Final = ("https://mail.google.com/",)
# Nobody listens there: the person copies the address at which the browser ends. Google took away
# the way by which it showed a code, and service and browser are on different machines.
_REDIRECT: Final = "http://127.0.0.1:1"


def for_user(log_in: LogIn, secret: Secret, user: str) -> Issued:
    """A service account with domain-wide delegation, for `user`. TryLater, NeedsMending."""
    info = _json(secret)
    scopes = list(log_in.scopes or SCOPES)

    def act(google: _Google) -> Any:
        try:
            made = google.service_account.Credentials.from_service_account_info(
                info, scopes=scopes, subject=user
            )
        except (ValueError, KeyError) as error:
            raise _no_key("a service account's key") from error
        made.refresh(google.request)
        return made.token

    return _issued(log_in, act)


def for_person(log_in: LogIn, secret: Secret) -> Issued:
    """By the consent in token_file."""
    assert log_in.token_file is not None
    consent, client = read_consent(log_in.token_file, log_in.flow), _client(secret)
    scopes = list(log_in.scopes or SCOPES)

    def act(google: _Google) -> Any:
        made = google.credentials.Credentials(
            None,
            refresh_token=consent,
            token_uri=client["token_uri"],
            client_id=client["client_id"],
            client_secret=client["client_secret"],
            scopes=scopes,
        )
        made.refresh(google.request)
        assert log_in.token_file is not None
        keep_consent(log_in.token_file, log_in.flow, consent, made.refresh_token)
        return made.token

    return _issued(log_in, act)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that a person gives in a browser at `url`."""

    log_in: LogIn
    url: str
    _client: dict[str, str] = field(repr=False)
    _state: str = field(repr=False)
    _verifier: str = field(repr=False)

    def finish(self, address: str) -> None:
        """With the address at which the browser ended. BadInput, TryLater, NeedsMending."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address.strip()).query)
        if query.get("error"):
            raise NeedsMending(
                f"Google gives no consent: {query['error'][0]}",
                mend=google_mend(query["error"][0], self.log_in.flow),
            )
        if query.get("state") != [self._state] or not query.get("code"):
            raise BadInput(
                "this is not the address at which the browser ended",
                mend="copy the whole line that begins with http://127.0.0.1 out of its address bar",
            )
        answer = _exchange(self, query["code"][0])
        given, wanted = str(answer.get("scope", "")).split(), self.log_in.scopes or SCOPES
        if missing := [one for one in wanted if given and one not in given]:
            raise NeedsMending(
                f"the consent does not reach to {', '.join(missing)}",
                mend="log in again, and leave every box of Google's page ticked",
            )
        if not answer.get("refresh_token"):
            raise NeedsMending(
                "Google gave no lasting consent (refresh token)",
                mend="take the app's access away in the Google account, then log in again",
            )
        assert self.log_in.token_file is not None
        first_consent(self.log_in.token_file, self.log_in.flow, str(answer["refresh_token"]))


def begin_consent(log_in: LogIn, secret: Secret, user: str, chance: Callable[[], str]) -> Consent:
    """Where the person goes. `chance` gives 26 random characters."""
    client, state, verifier = _client(secret), chance(), chance() + chance()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    query = {
        "client_id": client["client_id"],
        "redirect_uri": _REDIRECT,
        "response_type": "code",
        "scope": " ".join(log_in.scopes or SCOPES),
        "state": state,
        "code_challenge": challenge.decode().rstrip("="),  # RFC 7636
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": user,
    }
    url = f"{client['auth_uri']}?{urllib.parse.urlencode(query)}"
    return Consent(log_in, url, client, state, verifier)


def _exchange(consent: Consent, code: str) -> dict[str, Any]:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _REDIRECT,
        "client_id": consent._client["client_id"],
        "client_secret": consent._client["client_secret"],
        "code_verifier": consent._verifier,
    }
    google = _google(consent.log_in)
    answer = _judged(
        consent.log_in,
        lambda: google.request(
            consent._client["token_uri"],
            method="POST",
            body=urllib.parse.urlencode(body).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    )
    if answer.status >= 500:
        raise TryLater(f"Google gives no token now: status {answer.status}")
    try:
        found = json.loads(answer.data)
    except ValueError as error:
        raise TryLater("Google gave no clear answer") from error
    if "error" in found:
        said = str(Refusal.of(found))
        mend = google_mend(said, consent.log_in.flow)
        raise NeedsMending(f"Google gives no token: {said}", mend=mend)
    return dict(found)


# --- google-auth


@dataclass(frozen=True, slots=True)
class _Google:
    service_account: Any
    credentials: Any
    request: Any  # remembers the answer: google-auth tells when a token ends, not how long it lives


def _google(log_in: LogIn) -> _Google:
    try:
        from google.auth.transport.requests import Request
        from google.oauth2 import credentials, service_account

        from service.tokens.web import Session
    except ImportError as error:
        raise NeedsMending(
            "log-in with Google needs the package google-auth",
            mend="install it: pip install 'amends[google]'",
        ) from error

    class Remembering(Request):
        answer = b""

        def __call__(self, *args: Any, **options: Any) -> Any:
            response = super().__call__(*args, **options)  # type: ignore[no-untyped-call]  # google-auth has no types here
            self.answer = response.data
            return response

    return _Google(service_account, credentials, Remembering(Session(log_in)))


def _issued(log_in: LogIn, act: Callable[[_Google], Any]) -> Issued:
    google = _google(log_in)
    token = _judged(log_in, lambda: act(google))
    try:
        seconds = float(json.loads(google.request.answer)["expires_in"])
    except (ValueError, KeyError, TypeError):
        seconds = 0.0  # asked for again each time: nobody knows better
    return Issued(str(token), seconds)


def _judged(log_in: LogIn, act: Callable[[], Any]) -> Any:
    from google.auth import exceptions

    try:
        return act()
    except exceptions.RefreshError as error:
        said = str(Refusal.of(error.args[1] if len(error.args) > 1 else str(error.args[0])))
        if error.retryable:
            raise TryLater(f"Google gives no token now: {said}") from error
        mend = google_mend(said, log_in.flow)
        raise NeedsMending(f"Google gives no token: {said}", mend=mend) from error
    except exceptions.TransportError as error:
        if "SSL" in str(error):
            raise NeedsMending(
                "Google's token service could not prove who it is",
                mend="give the issuing certificate as log_in.ca_file",
            ) from error
        raise TryLater(
            "Google's token service does not answer", mend="see whether this machine reaches it"
        ) from error


def _client(secret: Secret) -> dict[str, str]:
    found = _json(secret).get("installed")
    wanted = ("client_id", "client_secret", "auth_uri", "token_uri")
    if not isinstance(found, dict) or not all(isinstance(found.get(one), str) for one in wanted):
        raise _no_key('an OAuth client of the type "Desktop app"')
    return {one: str(found[one]) for one in wanted}


def _json(secret: Secret) -> dict[str, Any]:
    try:
        found = json.loads(secret.reveal())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _no_key("a service account's key, or of an OAuth client")
    return found


def _no_key(what: str) -> NeedsMending:
    return NeedsMending(
        f"the secret of the log-in is not the JSON file of {what}",
        mend="download it in the Google Cloud console and name it by secret_file",
    )
