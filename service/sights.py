"""How a picture looks, as a few numbers, made in a process of its own (R-30, decisions/0015).

A difference hash: the picture in grey, nine by eight and eight by nine dots; a bit for each dot
that is clearly darker than the next. Saving anew, scaling and another format change few of the 128
bits.
"""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageOps, ImageStat

from service.pictures import MOST_PIXELS

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
_MARGINS: Final = (0.0, 0.04, 0.08)  # of each side
_SMALL: Final = 100  # pixels: the shorter side of an icon
_LONG: Final = 4  # times longer than high: a banner
_SIGNATURE: Final = 120_000  # pixels: what is shown inside a text and smaller is a logo
_FLAT: Final = 8.0  # standard deviation of grey, 0 to 255
_SIDE: Final = 8
_CLEARLY: Final = 3  # of 255: less is what saving a JPEG changes
_WORK: Final = 256  # pixels: it is made this small first


def sights_of(data: bytes, *, inline: bool) -> str:
    """What the child does: the sights of a picture (`cases/sights.py`), "" for one that tells
    nothing: too small, too long, flat, or a logo in a signature. Any fault is a refusal."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        pixels = picture.width * picture.height
        if pixels > MOST_PIXELS:
            raise ValueError("too many pixels")
        short, long = sorted(picture.size)
        if short < _SMALL or long > _LONG * short or (inline and pixels < _SIGNATURE):
            return ""
        picture.draft("L", (_WORK, _WORK))  # a JPEG need not be unpacked whole
        upright = ImageOps.exif_transpose(picture)
        grey = _on_white(upright).resize((_WORK, _WORK), Image.Resampling.BOX)
    if ImageStat.Stat(grey).stddev[0] < _FLAT:
        return ""
    return ".".join(_sight(grey, margin) for margin in _MARGINS)


def _on_white(picture: Image.Image) -> Image.Image:
    """What is clear is white for whoever looks at it."""
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("L")
    return picture.convert("L")


def _sight(grey: Image.Image, margin: float) -> str:
    cut = round(_WORK * margin)
    box = (cut, cut, _WORK - cut, _WORK - cut)
    across = grey.resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS, box=box)
    down = grey.resize((_SIDE, _SIDE + 1), Image.Resampling.LANCZOS, box=box)
    bits = [*_darker(across, 1), *_darker(down, _SIDE)]
    return f"{int(''.join(bits), 2):032x}"


def _darker(small: Image.Image, step: int) -> list[str]:
    """Row by row, whether a dot is clearly darker than the next one (`step` 1: to the right)."""
    dots = small.tobytes()
    width, height = small.size
    columns, rows = (width - 1, height) if step == 1 else (width, height - 1)
    places = (row * width + column for row in range(rows) for column in range(columns))
    return ["1" if dots[at] + _CLEARLY < dots[at + step] else "0" for at in places]
