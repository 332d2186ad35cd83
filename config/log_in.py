"""How the service logs in where passwords are no longer taken: with tokens of the provider."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from config.section import A_FILE, ENV, SECONDS, Section, key
from config.values import EnvName, Line, MaybePath

Flow = Literal[
    "microsoft-client-credentials",
    "microsoft-device-code",
    "google-service-account",
    "google-installed-app",
]
DELEGATED: Final = ("microsoft-device-code", "google-installed-app")
"""Flows in which a person consents once (amends log-in); what comes of it is kept in token_file."""
NEEDS_SECRET: Final = (
    "microsoft-client-credentials",
    "google-service-account",
    "google-installed-app",
)
NEEDS_CLIENT: Final = ("microsoft-client-credentials", "microsoft-device-code")


class LogIn(Section):
    """How to log in with tokens (XOAUTH2), for mailbox.log_in, smtp.log_in and alarm.log_in."""

    flow: Annotated[
        Flow,
        key(
            "Whose tokens they are, and how they are got: as an application with its own secret "
            "(microsoft-client-credentials, google-service-account), or as a person who consents "
            "once with amends log-in (microsoft-device-code, google-installed-app).",
            write='"microsoft-client-credentials", "microsoft-device-code", '
            '"google-service-account" or "google-installed-app"',
            examples=["microsoft-client-credentials"],
        ),
    ]
    mechanism: Annotated[
        Literal["xoauth2", "oauthbearer"],
        key(
            "How the token is shown to the mail server; Microsoft and Google take xoauth2.",
            write='"xoauth2" or "oauthbearer"',
        ),
    ] = "xoauth2"
    tenant: Annotated[
        Line,
        key(
            "Microsoft: Directory (tenant) ID of the application, or a domain of the tenant.",
            write='the ID that the overview of the app registration shows, or ""',
            examples=["00000000-0000-0000-0000-000000000000"],
            pattern=r"^[A-Za-z0-9.-]*$",
        ),
    ] = ""
    client_id: Annotated[
        Line,
        key(
            "Microsoft: Application (client) ID. Google has it in the file of secret_file.",
            write='the ID that the overview of the app registration shows, or ""',
            examples=["00000000-0000-0000-0000-000000000000"],
            pattern=r"^[A-Za-z0-9._-]*$",
        ),
    ] = ""
    secret_file: Annotated[
        MaybePath,
        key(
            "File that only its owner may read (chmod 600). Microsoft: the value of the client "
            "secret, or a PEM with private key and certificate. Google: the JSON file of the "
            "service account's key, or of the OAuth client.",
            write=A_FILE,
        ),
    ] = None
    secret_env: Annotated[
        EnvName,
        key(
            "Environment variable that holds the same, instead of secret_file.",
            write=ENV.replace("password", "secret"),
            examples=["AMENDS_CLIENT_SECRET"],
        ),
    ] = ""
    token_file: Annotated[
        MaybePath,
        key(
            "File into which amends log-in writes the consent of the person, for its owner alone; "
            "needed for microsoft-device-code and google-installed-app.",
            write=A_FILE,
        ),
    ] = None
    scopes: Annotated[
        tuple[Line, ...],
        key(
            "What the tokens are for; [] means IMAP and SMTP of the flow's provider.",
            write='a list such as ["https://mail.google.com/"], or []',
            strict=False,
        ),
    ] = ()
    authority: Annotated[
        Line,
        key(
            "Microsoft: where tokens come from; other than usual in national clouds.",
            write='an https:// address without path, such as "https://login.microsoftonline.com"',
            pattern=r"^https://[\w.-]+(:[0-9]+)?$",
        ),
    ] = "https://login.microsoftonline.com"
    ca_file: Annotated[
        MaybePath,
        key(
            "Certificates (PEM) trusted for the provider's token service, such as those of a "
            'proxy that looks into TLS; "" means the usual ones.',
            write=A_FILE,
        ),
    ] = None
    timeout_seconds: Annotated[
        int,
        key(
            "How long an answer of the token service is waited for, in seconds.",
            write=SECONDS.format(1, 600),
            ge=1,
            le=600,
        ),
    ] = 30


LOG_IN = (
    'Name of a [log_in.NAME]: the log-in is by tokens instead of a password; "" means by password.'
)
LOG_IN_WRITE = 'the name of a [log_in.NAME] of this file, or ""'
