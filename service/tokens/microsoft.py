"""Tokens of Microsoft 365 by msal: as an application, or for a person who consented by a code.

A new application object for every question: msal keeps tokens and errors (for a minute) in it,
and `service.tokens.kept` is where tokens are kept here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cases.errors import NeedsMending, TryLater
from config.log_in import LogIn
from config.secrets import Secret
from service.tokens.advice import Refusal, microsoft_mend
from service.tokens.consent_file import first_consent, keep_consent, read_consent
from service.tokens.kept import Issued

APPLICATION: Final = ("https://outlook.office365.com/.default",)
PERSON: Final = (
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
)
_PASSING: Final = ("temporarily_unavailable", "server_error", "request_throttled")


def as_application(log_in: LogIn, secret: Secret) -> Issued:
    """Client credentials. TryLater, NeedsMending."""
    text = secret.reveal()
    credential: Any = text
    if "-----BEGIN" in text:
        credential = {"private_key": text, "public_certificate": text}
    with_scopes = list(log_in.scopes or APPLICATION)
    answer = _ask(
        log_in,
        lambda msal, options: msal.ConfidentialClientApplication(
            log_in.client_id, client_credential=credential, **options
        ),
        lambda app: app.acquire_token_for_client(scopes=with_scopes),
    )
    return Issued(str(answer["access_token"]), float(answer.get("expires_in", 0)))


def for_person(log_in: LogIn) -> Issued:
    """By the consent in token_file, which the provider may exchange for a new one."""
    assert log_in.token_file is not None
    consent = read_consent(log_in.token_file, log_in.flow)
    wanted = log_in.scopes or PERSON
    answer = _ask(
        log_in,
        lambda msal, options: msal.PublicClientApplication(log_in.client_id, **options),
        lambda app: app.acquire_token_by_refresh_token(consent, list(wanted)),
    )
    _granted(answer, wanted)
    keep_consent(log_in.token_file, log_in.flow, consent, answer.get("refresh_token"))
    return Issued(str(answer["access_token"]), float(answer.get("expires_in", 0)))


@dataclass(slots=True)
class DeviceCode:
    """A consent that a person gives with any browser: `message` says where, and the code."""

    log_in: LogIn
    message: str
    _app: Any = field(repr=False)
    _flow: Any = field(repr=False)

    def wait(self) -> None:
        """Wait for the person, and keep the consent. TryLater, NeedsMending."""
        wanted = self.log_in.scopes or PERSON
        answer = _judged(self.log_in, lambda: self._app.acquire_token_by_device_flow(self._flow))
        _granted(answer, wanted)
        token = answer.get("refresh_token")
        if not token:
            raise NeedsMending(
                "the provider gave no lasting consent (refresh token)",
                mend="let the application ask for offline_access",
            )
        assert self.log_in.token_file is not None
        first_consent(self.log_in.token_file, self.log_in.flow, str(token))


def begin_device_code(log_in: LogIn) -> DeviceCode:
    """Ask for a code. TryLater, NeedsMending."""
    app = _app(
        log_in, lambda msal, options: msal.PublicClientApplication(log_in.client_id, **options)
    )
    flow = _judged(log_in, lambda: app.initiate_device_flow(list(log_in.scopes or PERSON)))
    return DeviceCode(log_in, str(flow.get("message", "")), app, flow)


def _ask(
    log_in: LogIn, make: Callable[[Any, dict[str, Any]], Any], act: Callable[[Any], Any]
) -> dict[str, Any]:
    app = _app(log_in, make)
    return _judged(log_in, lambda: act(app))


def _app(log_in: LogIn, make: Callable[[Any, dict[str, Any]], Any]) -> Any:
    try:
        import msal  # an extra, and slow to import

        from service.tokens.web import Session
    except ImportError as error:
        raise NeedsMending(
            "log-in with Microsoft needs the package msal",
            mend="install it: pip install 'amends[microsoft]'",
        ) from error
    options = {
        "authority": f"{log_in.authority}/{log_in.tenant}",
        "instance_discovery": False,  # the operator named the authority
        "http_client": Session(log_in),
    }
    try:
        return _reached(log_in, lambda: make(msal, options))
    except ValueError as error:
        words = str(error)
        if "private" in words.lower() or "PEM" in words or "certificate" in words.lower():
            raise NeedsMending(
                "the PEM of the log-in holds no private key with its certificate",
                mend="write both into secret_file, the key without a passphrase",
            ) from None
        raise NeedsMending(
            f"{log_in.authority} knows no tenant {log_in.tenant}",
            mend=microsoft_mend("AADSTS90002", log_in.flow),
        ) from None


def _judged(log_in: LogIn, act: Callable[[], Any]) -> dict[str, Any]:
    """The answer, or the reason why there is none. Microsoft asks clients to react to `error`,
    and warns that the numbers may change: they only choose the advice."""
    try:
        answer = _reached(log_in, act) or {}
    except ValueError as error:  # msal: no JSON
        raise TryLater(f"{log_in.authority} gave no clear answer") from error
    if "error" not in answer:
        return dict(answer)
    refusal = Refusal.of(answer)
    if answer["error"] in _PASSING:
        raise TryLater(f"Microsoft gives no token now: {refusal}")
    raise NeedsMending(
        f"Microsoft gives no token: {refusal}", mend=microsoft_mend(str(refusal), log_in.flow)
    )


def _reached(log_in: LogIn, act: Callable[[], Any]) -> Any:
    import msal
    import requests  # msal brings it

    try:
        return act()
    except requests.exceptions.SSLError as error:
        raise NeedsMending(
            f"{log_in.authority} could not prove who it is",
            mend="mend log_in.authority, or give the issuing certificate as log_in.ca_file",
        ) from error
    except json.JSONDecodeError as error:  # requests has one that is a RequestException too
        raise TryLater(f"{log_in.authority} gave no clear answer") from error
    except (
        requests.exceptions.RequestException,
        msal.exceptions.MsalServiceError,
        RuntimeError,
    ) as error:
        raise TryLater(
            f"{log_in.authority} does not answer: {type(error).__name__}",
            mend="see whether this machine reaches it",
        ) from error


def _granted(answer: dict[str, Any], wanted: Sequence[str]) -> None:
    """What was asked for was given: people can be asked for less by their administrator."""
    given = {one.rpartition("/")[2].lower() for one in str(answer.get("scope", "")).split()}
    missing = [one for one in wanted if given and one.rpartition("/")[2].lower() not in given]
    if missing:
        raise NeedsMending(
            f"the consent does not reach to {', '.join(missing)}",
            mend="add these delegated permissions in the app registration (API permissions), "
            "then log in again: amends log-in MAILBOX",
        )
