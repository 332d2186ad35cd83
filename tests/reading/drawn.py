"""Photographs for the set of recurrences, drawn at test time, and what mail programs do to them."""

from __future__ import annotations

import io
import random
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

_SIZE: Final = (960, 720)


def drawn(name: str, treatment: str = "jpeg") -> bytes:
    """A picture of its own for each name; the same one whatever the treatment."""
    return TREATMENTS[treatment](_photo(name))


def _photo(name: str) -> Image.Image:
    """A workpiece on a table under a lamp: light that fades, parts, holes, grain."""
    chance = random.Random(name)
    width, height = _SIZE
    ground = Image.linear_gradient("L").resize(_SIZE).rotate(chance.choice((0, 90, 180, 270)))
    picture = Image.merge("RGB", [ground.point(lambda v, k=k: 60 + v * k // 10) for k in (5, 6, 7)])
    pen = ImageDraw.Draw(picture)
    for _ in range(chance.randint(5, 9)):
        x, y = chance.randrange(width), chance.randrange(height)
        across, high = chance.randint(80, 420), chance.randint(60, 320)
        shade = chance.randint(20, 235)
        shape = pen.ellipse if chance.random() < 0.6 else pen.rectangle
        shape((x - across // 2, y - high // 2, x + across // 2, y + high // 2), (shade,) * 3)
    grain = Image.effect_noise(_SIZE, 24).convert("RGB")
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(2)), grain, 0.12)


def logo(name: str) -> bytes:
    """The mark of a firm, as it stands in signatures."""
    chance = random.Random(name)
    picture = Image.new("RGB", (320, 130), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 15, 110, 115), tuple(chance.randrange(200) for _ in range(3)))
    pen.rectangle((130, 40, 130 + chance.randint(60, 180), 90), (40, 60, 120))
    return _saved(picture, "PNG")


def blank() -> bytes:
    """A page that somebody scanned and did not look at."""
    return _saved(Image.new("RGB", _SIZE, (250, 250, 248)), "JPEG")


def _cut(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    across, down = round(width * share), round(height * share)
    return picture.crop((across, down, width - across, height - down))


def _saved(picture: Image.Image, kind: str, quality: int = 85) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": quality} if kind in ("JPEG", "WEBP") else {}))
    return out.getvalue()


TREATMENTS: Final = {
    "jpeg": lambda picture: _saved(picture, "JPEG"),
    "png": lambda picture: _saved(picture, "PNG"),
    "webp": lambda picture: _saved(picture, "WEBP", 70),
    "poor": lambda picture: _saved(picture, "JPEG", 25),
    "small": lambda picture: _saved(picture.resize((480, 360)), "JPEG", 60),
    "thumb": lambda picture: _saved(picture.resize((240, 180)), "JPEG", 75),
    "crop": lambda picture: _saved(_cut(picture, 0.04), "JPEG", 80),
    "crop7": lambda picture: _saved(_cut(picture, 0.07), "JPEG", 80),
    "lighter": lambda picture: _saved(picture.point(lambda v: min(255, v * 115 // 100)), "JPEG"),
}
