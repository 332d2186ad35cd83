"""The configuration is read once, wholly, and complains wholly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from config.checks import problems_between
from config.errors import ConfigError
from config.problems import problems_of
from config.secrets import read_secret, sources
from config.settings import Settings


def load(path: Path, environ: Mapping[str, str], *, secrets: bool = True) -> Settings:
    """The settings of the file; relative paths are meant from its folder and come out absolute.

    ConfigError with every problem of the file and, unless `secrets` is false (a rehearsal opens no
    door), of the secrets it names.
    """
    raw = _read(path)
    folder = path.absolute().parent
    settings, problems = _checked(raw, folder)
    problems += problems_between(raw, folder)
    # A key is told once: the name of a variable in a wrong form is not looked for as well.
    told = {problem.partition(" ")[0] for problem in problems}
    missing = _secrets_missing(raw, folder, environ) if secrets else []
    problems += [problem for problem in missing if problem.partition(" ")[0] not in told]
    if problems or settings is None:
        raise ConfigError(f"{path}: {problem}" for problem in dict.fromkeys(problems))
    return settings


def _read(path: Path) -> dict[str, object]:
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); write the path of the configuration file"
    else:
        try:
            # utf-8-sig: some editors put a byte order mark first, TOML knows none.
            return tomllib.loads(data.decode("utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            problem = f"is not TOML: {error}; mend that line"
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            problem = f"is not UTF-8 text (line {line}); save the file as UTF-8"
    # Outside of `except`: the cause of an error is printed too, and may quote the file.
    raise ConfigError([f"{path}: {problem}"])


def _checked(raw: dict[str, object], folder: Path) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate(raw, context={"folder": folder}), []
    except ValidationError as error:
        return None, problems_of(error)


def _secrets_missing(
    raw: Mapping[str, object], folder: Path, environ: Mapping[str, str]
) -> list[str]:
    problems: list[str] = []
    for source in sources(raw, folder):
        try:
            read_secret(source.file, source.env, environ, source.where, source.keys)
        except ConfigError as error:
            problems += error.problems
    return problems
