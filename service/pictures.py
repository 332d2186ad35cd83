"""Pictures are shown only as we draw them anew, in a process of their own (reliability.md 6 F)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

from PIL import Image, ImageOps

from cases.errors import BadInput
from service.child import CHILD, Child

SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MOST_PIXELS: Final = 20_000_000
MOST_BYTES: Final = 30 * 1024 * 1024
_SIDE: Final = 1600
_REMEMBERED: Final = 1000


def is_shown(file: Mapping[str, Any]) -> bool:
    """Whether an attachment is a picture to show: phones call theirs application/octet-stream."""
    return (file["sniffed"] or file["content_type"]) in SHOWN


class Pictures:
    """Redraws pictures; what once could not be drawn is not tried again."""

    def __init__(self, child: Child = CHILD) -> None:
        self._child = child
        self._refused: dict[str, None] = {}

    def redraw(self, data: bytes, sha256: str = "", side: int = _SIDE) -> bytes:
        """The picture as a fresh PNG or JPEG of at most `side` pixels; BadInput: not shown.

        `sha256` names the picture, so that a bomb explodes once and not at every look.
        """
        if len(data) > MOST_BYTES or (sha256 and sha256 in self._refused):
            raise BadInput("this picture cannot be shown", mend="download it")
        try:
            return self._child.do(draw, data, side)
        except BadInput:
            if len(self._refused) >= _REMEMBERED:
                self._refused.clear()
            self._refused[sha256] = None
            raise


def draw(data: bytes, side: int) -> bytes:
    """What the child does: any fault in it is a refusal."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((side, side))
        clear = upright.mode in ("RGBA", "LA", "PA", "P")
        drawn = upright.convert("RGBA" if clear else "RGB")
    # Comments, places and profiles of the sender would be saved with it.
    drawn.info.clear()
    out = io.BytesIO()
    drawn.save(out, "PNG") if clear else drawn.save(out, "JPEG", quality=85)
    return out.getvalue()
