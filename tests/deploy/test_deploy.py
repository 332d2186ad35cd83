"""Dockerfile, compose file and systemd unit, as far as they can be tried without an engine.

The very COPY, RUN and HEALTHCHECK lines are read out of the file and run in a folder of their own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import site
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import load
from demo.mail_server import EmbeddedMail
from demo.shop import MAILBOX
from tests.servers.process import HOST
from tests.shop import PASSWORD, write_config

ROOT = Path(__file__).parents[2]
STEP = re.compile(r"^([A-Z]+) ((?:.*\\\n)*.*)$", re.MULTILINE)


def steps() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile with its words on one line."""
    found = STEP.findall((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return [(name, re.sub(r"\\\n\s*", "", words)) for name, words in found]


def words_of(name: str) -> list[str]:
    return [words for one, words in steps() if one == name]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


# --- the image


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage makes, by its own lines; what it depends on comes from this Python."""
    folder = tmp_path_factory.mktemp("image")
    source, made = folder / "src", folder / "amends"
    source.mkdir()
    for words in words_of("COPY"):
        *froms, to = words.split()
        if froms[0].startswith("--from"):
            continue
        for name in froms:
            target = source / to / name if to.endswith("/") else source / to
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, target, ignore=ignored)
            else:
                shutil.copy(ROOT / name, target)
    for words in words_of("RUN"):
        if "useradd" in words:
            continue
        line = shlex.split(words.replace("/opt/amends", str(made)))
        if line[0].endswith("/pip"):
            # The packages are here already: only ours is installed, by the pip of the image.
            line = [*line[:-1], "--no-deps", "--quiet", line[-1]]
        line[0] = sys.executable if line[0] == "python" else line[0]
        subprocess.run(line, cwd=source, check=True, timeout=150)
    (packages,) = made.glob("lib/python*/site-packages")
    (packages / "here.pth").write_text("\n".join(site.getsitepackages()))
    return made


def run(image: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    there = {"PATH": f"{image / 'bin'}:{os.environ['PATH']}", **env}
    return subprocess.run(
        words, env=there, cwd=image, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_entry_point_of_the_image_runs(image: Path) -> None:
    (entry,), (command,) = words_of("ENTRYPOINT"), words_of("CMD")
    assert json.loads(command) == ["serve"]
    said = run(image, *json.loads(entry), "--version")
    assert said.returncode == 0, said.stderr
    assert re.fullmatch(r"amends [\d.]+, schema \d{4}\n", said.stdout)
    where = run(image, "python", "-c", "import storage, templates; print(storage.__path__)")
    assert str(image) in where.stdout
    assert run(image, "amends", "init", "--defaults", str(image / "a.toml")).returncode == 0


def test_the_image_serves_until_it_is_told_to_end(image: Path, tmp_path: Path) -> None:
    with EmbeddedMail({MAILBOX: PASSWORD}) as mail:
        ports = {"imap_port": mail.imap_port, "smtp_port": mail.smtp_port}
        config = write_config(tmp_path, f"sqlite:///{tmp_path / 'a.sqlite'}", **ports)  # type: ignore[arg-type]  # ports by name
        env = {"PATH": f"{image / 'bin'}:{os.environ['PATH']}", "AMENDS_CONFIG": str(config)}
        line = (*json.loads(words_of("ENTRYPOINT")[0]), *json.loads(words_of("CMD")[0]))
        with subprocess.Popen(
            line, env=env, cwd=image, stdout=subprocess.PIPE, text=True
        ) as served:
            try:
                assert served.stdout is not None
                assert served.stdout.readline() == "ready\n"
                served.send_signal(signal.SIGTERM)
                assert served.wait(25) == 0
            finally:
                served.kill()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (0, 1)])
def test_the_health_check_asks_whether_it_is_ready(image: Path, status: int, code: int) -> None:
    asked = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if status:
                self.send_response(status)
                self.end_headers()

        def log_message(self, *words: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer((HOST, 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check = json.loads(words_of("HEALTHCHECK")[0].partition("CMD ")[2])
        said = run(image, *(word.replace("8025", str(server.server_port)) for word in check))
        server.shutdown()
    assert (said.returncode, asked) == (code, ["/ready"])


def test_the_image_runs_as_nobody_of_importance() -> None:
    assert [name for name, _ in steps()].count("FROM") == 2
    (user,) = words_of("USER")
    assert user == "10001"
    assert any("--uid 10001" in words for words in words_of("RUN"))
    after = steps()[[name for name, _ in steps()].index("USER") :]
    assert "RUN" not in [name for name, _ in after]
    bases = {words.split()[0] for words in words_of("FROM")}
    assert len(bases) == 1
    assert not [words for words in words_of("COPY") if words.startswith(". ")]


def test_what_is_copied_is_what_is_sent_to_the_builder() -> None:
    sent = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {
        word
        for words in words_of("COPY")
        if not words.startswith("--from")
        for word in words.split()[:-1]
    }
    assert sent == copied
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    wanted = {one.rstrip("*") for one in packages["packages"]["find"]["include"]}
    assert wanted <= copied | {"reports"}


# --- the nodes


def test_the_nodes_are_alike_and_write_only_what_they_must() -> None:
    services = compose()["services"]
    nodes = {name: one for name, one in services.items() if name.startswith("node")}
    assert len(nodes) == 2
    for node in nodes.values():
        assert node["read_only"] is True
        assert node["cap_drop"] == ["ALL"]
        assert node["security_opt"] == ["no-new-privileges:true"]
        assert node["tmpfs"] == ["/tmp"]
        assert node["depends_on"]["database"]["condition"] == "service_healthy"
        writable = [one for one in node["volumes"] if not one.endswith(":ro")]
        assert writable == [f"state:{words_of('VOLUME')[0]}"]
        assert all(port.startswith("127.0.0.1:") for port in node["ports"])
        assert all(port.endswith(f":{words_of('EXPOSE')[0]}") for port in node["ports"])
    assert len({port for node in nodes.values() for port in node["ports"]}) == 2
    used = {one.split(":")[0] for s in services.values() for one in s["volumes"] if one[0] != "."}
    assert used == set(compose()["volumes"])


def test_the_configuration_of_the_nodes_loads(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "compose.toml").read_text(encoding="utf-8")
    secrets = set(re.findall(r'"/run/secrets/([\w.]+)"', text))
    for node in ("node-1", "node-2"):
        assert secrets == set(compose()["services"][node]["secrets"])
    assert secrets == set(compose()["secrets"])
    for name in secrets:
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text("x")
    (tmp_path / "amends.toml").write_text(text.replace("/run/secrets", str(tmp_path)))
    settings = load(tmp_path / "amends.toml", {})
    database = compose()["services"]["database"]["environment"]
    assert settings.database.url == (
        f"postgresql+psycopg://{database['POSTGRES_USER']}@database/{database['POSTGRES_DB']}"
    )
    assert settings.evidence.folder.is_relative_to(words_of("VOLUME")[0])
    assert settings.desk.port == int(words_of("EXPOSE")[0])


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs the docker command")
def test_docker_finds_nothing_wrong() -> None:
    """Where its parts that need no engine are installed."""
    if subprocess.run(
        ("docker", "compose", "version"), capture_output=True, check=False
    ).returncode:
        pytest.skip("needs docker's compose")
    said = subprocess.run(
        ("docker", "compose", "config", "--quiet"), cwd=ROOT, capture_output=True, check=False
    )
    assert said.returncode == 0, said.stderr


# --- the unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_unit_and_finds_it_tight(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "amends.service").read_text(encoding="utf-8")
    unit = tmp_path / "amends.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/sh", text))
    said = subprocess.run(
        ("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)),
        capture_output=True,
        text=True,
        check=False,
    )
    about = [line for line in said.stderr.splitlines() if "amends.service" in line]
    assert about == []
    rated = subprocess.run(
        ("systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout


def test_the_unit_gives_every_password_that_it_loads() -> None:
    text = (ROOT / "deploy" / "amends.service").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for name in re.findall(r"^LoadCredential=([\w.]+):", text, re.MULTILINE):
        assert f"/run/credentials/amends.service/{name}" in page
    ended = set(re.search(r"RestartPreventExitStatus=([\d ]+)", text)[1].split())  # type: ignore[index]  # None fails too
    assert {"78", "77"} <= ended
    assert "75" not in ended  # what may pass by itself is tried again
