"""Secrets come from a private file or the environment, and are shown to nobody."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.secrets import Secret, read_secret


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def refused(file: Path | None, env: str = "", environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        read_secret(file, env, environ or {}, "smtp")
    assert caught.value.__context__ is None
    return str(caught.value)


def test_a_secret_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("canary-5f1d")
    logging.getLogger("test").warning("log-in with %s", secret)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), caplog.text]
    assert not [text for text in shown if "canary" in text]
    assert str(secret) == "***"
    assert secret.reveal() == "canary-5f1d"
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_the_line_end_of_a_file_is_not_part_of_it(tmp_path: Path, ending: bytes) -> None:
    file = private(tmp_path / "secret", " pässword ".encode() + ending)
    assert read_secret(file, "", {}, "smtp").reveal() == " pässword "


def test_from_the_environment() -> None:
    assert read_secret(None, "SMTP", {"SMTP": "canary\n"}, "smtp").reveal() == "canary"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o610])
def test_a_file_that_others_can_use(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path / "canary", b"canary", mode)
    assert refused(file) == (
        "smtp.password_file must name a file that only its owner can read; "
        "run chmod 600 on that file"
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"canary\xff", b"c" * 65537])
def test_a_file_without_a_password(tmp_path: Path, content: bytes) -> None:
    assert refused(private(tmp_path / "canary", content)) == (
        "smtp.password_file must name a file that holds the password as UTF-8 text; "
        "write the password and nothing else into that file"
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "canary") == (
        "smtp.password_file must name a file that can be read (No such file or directory); "
        "write the path of that file"
    )


def test_a_path_that_is_none() -> None:
    assert "can be read (not a path)" in refused(Path("canary\0"))


def test_a_folder_or_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        assert refused(path) == (
            "smtp.password_file must name a file, not a folder or device; "
            "write the path of that file"
        )


@pytest.mark.parametrize("environ", [{}, {"CANARY": ""}, {"CANARY": "\n"}])
def test_a_variable_that_is_not_set_or_empty(environ: dict[str, str]) -> None:
    assert refused(None, "CANARY", environ) == (
        "smtp.password_env must name an environment variable that is set and not empty; "
        "set the variable where the service is started, or write the right name"
    )


def test_a_credential_of_systemd_shows_the_mask_of_its_acl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = private(tmp_path / "secret", b"canary", 0o440)
    refused(file)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(file, "", {}, "smtp").reveal() == "canary"
    file.chmod(0o444)
    refused(file)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "other"))
    file.chmod(0o440)
    refused(file)
