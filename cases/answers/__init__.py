"""What a customer's reply means (R-29): `read(new_text, asked)` is the door."""

from __future__ import annotations

from cases.answers.reading import Answer, Asked, Verdict, read

__all__ = ["Answer", "Asked", "Verdict", "read"]
