"""Each bad/NAME.toml is told exactly as bad/NAME.expected says, and no secret is in it."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.load import load

BAD = Path(__file__).parent / "bad"
CANARIES = ("canary-5f1d", "canary_5f1d")
FILES = sorted(path.name for path in BAD.glob("*.toml"))


def told(name: str, monkeypatch: pytest.MonkeyPatch) -> ConfigError:
    monkeypatch.chdir(BAD)
    with pytest.raises(ConfigError) as caught:
        load(Path(name), {"IMAP_PASSWORD": CANARIES[0]})
    return caught.value


def test_there_are_bad_configurations() -> None:
    assert len(FILES) > 20
    partners = {path.name for path in BAD.glob("*.expected")}
    assert partners == {name.replace(".toml", ".expected") for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_every_problem_is_told_in_its_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (BAD / name).with_suffix(".expected").read_text(encoding="utf-8")
    assert f"{told(name, monkeypatch)}\n" == expected


@pytest.mark.parametrize("name", FILES)
def test_every_problem_has_a_mend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = told(name, monkeypatch)
    assert error.exit_code == 78
    for problem in error.problems:
        assert problem.startswith(f"{name}: ")
        assert "; " in problem
        assert "\n" not in problem


@pytest.mark.parametrize("name", FILES)
def test_no_secret_is_told_nor_traced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = told(name, monkeypatch)
    told_texts = [str(error), repr(error), "".join(traceback.format_exception(error))]
    told_texts.append(
        logging.Formatter().formatException((ConfigError, error, error.__traceback__))
    )
    assert not [text for text in told_texts if any(canary in text for canary in CANARIES)]
    assert error.__context__ is None  # a cause would be printed with the values it quotes


def test_the_canary_is_where_secrets_get_written_by_mistake() -> None:
    text = (BAD / "secrets_in_file.toml").read_text(encoding="utf-8")
    assert sum(text.count(canary) for canary in CANARIES) == 7
