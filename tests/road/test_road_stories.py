"""The road, told as stories (tests/road/*.txt), on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.road.player import Player
from tests.road.story import settings_of
from tests.shop import open_shop

FOLDER = Path(__file__).parent
STORIES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("story", STORIES, ids=lambda file: file.stem)
def test_story(story: Path, tmp_path: Path, shop_url: str) -> None:
    text = story.read_text(encoding="utf-8")
    company, in_mailbox = settings_of(text)
    with open_shop(tmp_path, shop_url, company=company, in_mailbox=in_mailbox) as shop:
        Player(shop).play(text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("desk sees 1 case", "line 1"),
        ("desk saw nothing", "nobody understands"),
        ("jana> Subject: Untold\ndesk sees 1 case", "untold letters to jana"),
        ('jana> Subject: X\nmail to jana: closing "KS"', "the next letter is"),
    ],
)
def test_a_story_that_goes_otherwise_fails(line: str, said: str, tmp_path: Path) -> None:
    with (
        open_shop(tmp_path, f"sqlite:///{tmp_path / 'amends.sqlite'}") as shop,
        pytest.raises(AssertionError, match=said),
    ):
        Player(shop).play(line)


def test_the_stories_are_all_there() -> None:
    assert len(STORIES) >= 20
