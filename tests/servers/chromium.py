"""The system's Chromium, driven by playwright, which has none of its own here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

PROGRAM: Final = shutil.which("chromium") or ""
# It asks nobody for names: what is not on this machine is not there.
_FLAGS: Final = (
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """A browser. While it is open, this thread has an event loop: `asyncio.run` needs another."""
    # Its sandbox refuses to start as root.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=[*_FLAGS, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
