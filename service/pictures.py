"""Pictures are shown only as we draw them anew, in a process of their own (reliability.md 6 F)."""

from __future__ import annotations

import io
import resource
import threading
from concurrent.futures import TimeoutError as TooSlow
from typing import Final

from pebble import ProcessExpired, ProcessPool
from PIL import Image, ImageOps, UnidentifiedImageError

from cases.errors import BadInput

SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MOST_PIXELS: Final = 20_000_000
_SECONDS: Final = 10
_MEMORY: Final = 1024**3
_SIDE: Final = 1600


class Pictures:
    """A child that decodes what strangers sent; it is replaced when it dies or takes too long."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()

    def redraw(self, data: bytes, side: int = _SIDE) -> bytes:
        """The picture as a fresh PNG or JPEG of at most `side` pixels; BadInput: not shown."""
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPool(max_workers=1, max_tasks=100, initializer=_limit)
        try:
            return bytes(self._pool.schedule(_draw, args=(data, side), timeout=_SECONDS).result())
        except (TooSlow, ProcessExpired, ValueError, OSError, MemoryError) as error:
            raise BadInput("this picture cannot be shown", mend="download it") from error

    def close(self) -> None:
        """End the child."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _draw(data: bytes, side: int) -> bytes:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side))
            clear = upright.mode in ("RGBA", "LA", "P")
            out = io.BytesIO()
            if clear:
                upright.convert("RGBA").save(out, "PNG")
            else:
                upright.convert("RGB").save(out, "JPEG", quality=85)
            return out.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(str(error)) from error
