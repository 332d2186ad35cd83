"""The addresses of django-helpdesk, which its letters name."""

from __future__ import annotations

import importlib
from typing import Any

_urls: Any = importlib.import_module("django.urls")
urlpatterns = [_urls.path("", _urls.include("helpdesk.urls", namespace="helpdesk"))]
