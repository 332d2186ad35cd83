"""A private Dovecot 2.3 on loopback: no system user, no service, as root or not.

    with PrivateDovecot({"complaints@acme.test": "secret"}) as dovecot:
        dovecot.imap_port, dovecot.deliver("complaints@acme.test", raw)

Debian packages: dovecot-imapd and dovecot-lmtpd.
"""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.certificate import Certificate
from tests.servers.process import HOST, end, free_port, greets, wait_until

BINARY = Path("/usr/sbin/dovecot")
LMTP = Path("/usr/lib/dovecot/lmtp")
FRESH = "complaints{}@acme.test"
_TEMPLATE = Path(__file__).with_name("dovecot.conf")
# Dovecot makes these again, with a new UIDVALIDITY. It counts on from dovecot-uidvalidity, which
# stays: otherwise two rebuilds within a second would get the same one.
_UID_FILES = ("dovecot-uidlist", "dovecot.index*")

_QUOTA = """
mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = count:User
  quota_vsizes = yes
  quota_rule = *:storage={}K
}}
"""

# Dovecot asks the token service about each token (RFC 7662), and for the scope "mail".
_TOKENS = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {}/oauth2.conf
}}
"""
_OAUTH2 = """
introspection_url = {}
introspection_mode = post
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
scope = mail
"""


class PrivateDovecot:
    """IMAP (with STARTTLS and IMAPS when there is a certificate) and LMTP for `users`."""

    def __init__(
        self,
        users: Mapping[str, str],
        certificate: Certificate | None = None,
        *,
        quota_kib: int = 0,
        introspection: str = "",
    ) -> None:
        # All there from the start: Dovecot looks for new users at most once a second.
        fresh = (FRESH.format(number) for number in range(1, 1000))
        self._users = dict.fromkeys(fresh, "secret") | dict(users)
        self._certificate = certificate
        self._quota_kib = quota_kib  # of each user; 0: none
        self._introspection = introspection  # where tokens are asked for; "": passwords only
        self._numbers = itertools.count(1)

    @staticmethod
    def available() -> bool:
        return BINARY.exists() and LMTP.exists()

    @staticmethod
    def version() -> str:
        """Such as "2.3.19"."""
        said = subprocess.run((BINARY, "--version"), check=True, capture_output=True, text=True)
        return said.stdout.split()[0]

    # --- life

    def __enter__(self) -> Self:
        # A short path: the unix sockets below it may have 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="dvc", dir="/tmp"))
        (self.root / "mail").mkdir()
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._write_users()
        self._write_configuration()
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def start(self) -> None:
        """Start, or start again after `stop`: same ports, same mail."""
        with (self.root / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                (BINARY, "-F", "-c", self.root / "dovecot.conf"),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        try:
            wait_until(lambda: greets(self.imap_port), self._process, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and its sessions; the mail stays."""
        end(self._process)

    @property
    def pid(self) -> int:
        """Of its first process; its processor time is counted from there."""
        return self._process.pid

    def log(self) -> str:
        """What the server said so far, for a failing test."""
        files = (self.root / "stderr", self.root / "dovecot.log")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    # --- users and mail

    def fresh_user(self) -> str:
        """A user that no other test has, with the password "secret"."""
        return FRESH.format(next(self._numbers))

    def deliver(self, recipient: str, raw: bytes, sender: str = "bob@shop.test") -> None:
        """Deliver over LMTP; mail to user+detail@host reaches user@host."""
        with smtplib.LMTP(HOST, self.lmtp_port) as client:
            client.sendmail(sender, [recipient], raw)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The mails on disk, oldest first, with the line ends that IMAP would show."""
        place = self._folder(user, folder)
        files = [file for part in ("cur", "new") for file in (place / part).glob("*")]
        files.sort(key=lambda file: file.stat().st_mtime_ns)
        return [file.read_bytes().replace(b"\n", b"\r\n") for file in files]

    def rebuild_uids(self, user: str, folder: str = "INBOX") -> None:
        """Lose the UIDs of a folder, as a restored or moved mailbox does: new UIDVALIDITY."""
        place = self._folder(user, folder)
        for pattern in _UID_FILES:
            for file in place.glob(pattern):
                file.unlink(missing_ok=True)

    def _folder(self, user: str, folder: str) -> Path:
        maildir = self.root / "mail" / user / "Maildir"
        return maildir if folder == "INBOX" else maildir / f".{folder}"

    # --- files

    def _write_users(self) -> None:
        lines = (f"{user}:{{PLAIN}}{password}\n" for user, password in self._users.items())
        (self.root / "users").write_text("".join(lines))

    def _write_configuration(self) -> None:
        owner = _mail_owner()
        if os.geteuid() == 0:
            self.root.chmod(0o755)
            os.chown(self.root / "mail", owner.pw_uid, owner.pw_gid)
            internal = ""  # Debian's package made the internal users
        else:
            group = grp.getgrgid(owner.pw_gid).gr_name
            internal = (
                f"default_internal_user = {owner.pw_name}\n"
                f"default_login_user = {owner.pw_name}\n"
                f"default_internal_group = {group}"
            )
        tls = self._certificate
        text = _TEMPLATE.read_text()
        for name, value in {
            "root": self.root,
            "internal_users": internal,
            "ssl": f"yes\nssl_cert = <{tls.cert}\nssl_key = <{tls.key}" if tls else "no",
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "imap_port": self.imap_port,
            "imaps_port": self.imaps_port if tls else 0,
            "lmtp_port": self.lmtp_port,
        }.items():
            text = text.replace(f"@{name}@", str(value))
        if self._quota_kib:
            text += _QUOTA.format(self._quota_kib)
        if self._introspection:
            text += _TOKENS.format(self.root)
            oauth2 = _OAUTH2.format(self._introspection)
            (self.root / "oauth2.conf").write_text(oauth2)
        (self.root / "dovecot.conf").write_text(text)


def _mail_owner() -> pwd.struct_passwd:
    """Who owns the mail: Dovecot refuses root, so root uses nobody."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
