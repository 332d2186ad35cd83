"""A certificate authority and a server certificate for loopback, made new for each test run."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Python 3.13 checks strictly: the key identifiers and the CA's key usage must be there.
_CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
_SERVER = """\
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:localhost,IP:127.0.0.1
"""
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """PEM files. `ca` is what a client must trust; the names are localhost and 127.0.0.1."""

    ca: Path
    cert: Path
    key: Path

    @staticmethod
    def can_be_made() -> bool:
        return shutil.which("openssl") is not None

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        """Write the files into `folder` (it must exist). Takes about 50 ms."""

        def openssl(*args: str) -> None:
            subprocess.run(("openssl", *args), cwd=folder, check=True, capture_output=True)

        extensions = [part for extension in _CA for part in ("-addext", extension)]
        who = ("-subj", "/CN=Amends test authority")
        openssl(
            *("req", "-x509", *_KEY, *who, "-days", "2"),
            *("-keyout", "ca.key", "-out", "ca.pem", *extensions),
        )
        openssl(
            *("req", "-new", *_KEY, "-subj", "/CN=localhost"),
            *("-keyout", "server.key", "-out", "server.csr"),
        )
        (folder / "server.ext").write_text(_SERVER)
        openssl(
            *("x509", "-req", "-in", "server.csr", "-days", "2", "-extfile", "server.ext"),
            *("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem"),
        )
        return cls(folder / "ca.pem", folder / "server.pem", folder / "server.key")

    def for_server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

    def for_client(self) -> ssl.SSLContext:
        """Trusts this authority and nothing else, and checks the name."""
        return ssl.create_default_context(cafile=str(self.ca))
