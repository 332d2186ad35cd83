"""The way to a token service: its certificates, how long it is waited for."""

from __future__ import annotations

from typing import Any

import requests

from config.log_in import LogIn


class Session(requests.Session):
    """One for each question. log_in.ca_file goes before what the environment names."""

    def __init__(self, log_in: LogIn) -> None:
        super().__init__()
        self._log_in = log_in

    def request(self, *args: Any, **options: Any) -> Any:
        """As requests does it, with our patience."""
        options["timeout"] = self._log_in.timeout_seconds
        if self._log_in.ca_file:
            options["verify"] = str(self._log_in.ca_file)
        return super().request(*args, **options)
