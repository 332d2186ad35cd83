"""django-helpdesk takes a mailbox in. Runs in the peer's own environment, never in ours.

python -m benchmarks.peers.in_helpdesk FOLDER HOST PORT USER PASSWORD
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import measured


def settings_of(folder: Path) -> dict[str, Any]:
    """SQLite as its guide sets it up. Its answers are written, and carried nowhere."""
    return {
        "SECRET_KEY": "only-for-the-benchmark",
        "USE_TZ": True,
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "DATABASES": {
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
        },
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.sites",
            "django.contrib.humanize",
            "django.contrib.admin",
            "django.contrib.staticfiles",
            "rest_framework",
            "helpdesk",
        ],
        "MIDDLEWARE": [],
        "ROOT_URLCONF": "benchmarks.peers.helpdesk_urls",
        "TEMPLATES": [
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        "SITE_ID": 1,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_URL": "/static/",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "LOGGING_CONFIG": None,
        "HELPDESK_TEAMS_MODE_ENABLED": False,
    }


def main() -> None:
    """Print what it cost and what it holds, as JSON."""
    folder, host, port, user, password = sys.argv[1:]
    importlib.import_module("django.conf").settings.configure(**settings_of(Path(folder)))
    importlib.import_module("django").setup()
    call: Any = importlib.import_module("django.core.management").call_command
    logging.disable(logging.CRITICAL)
    call("migrate", verbosity=0)
    models: Any = importlib.import_module("helpdesk.models")
    models.Queue.objects.create(
        title="Complaints",
        slug="complaints",
        email_address=user,
        allow_email_submission=True,
        email_box_type="imap",
        email_box_host=host,
        email_box_port=int(port),
        email_box_ssl=False,
        email_box_user=user,
        email_box_pass=password,
        email_box_imap_folder="INBOX",
        logging_type="none",
    )
    with measured() as cost:
        call("get_email", quiet=True)
    tickets, held = models.Ticket.objects.count(), held_by(models)
    json.dump(asdict(cost) | {"cases": tickets, "held": held}, sys.stdout)


def held_by(models: Any) -> dict[str, Any]:
    """By Message-ID: what is kept of each mail."""
    found = {}
    for one in models.FollowUp.objects.exclude(message_id=None).select_related("ticket"):
        files = models.FollowUpAttachment.objects.filter(followup=one)
        sums = [hashlib.sha256(file.file.read()).hexdigest() for file in files]
        found[one.message_id.strip()] = {"text": one.comment or "", "attachments": sums}
    return found


if __name__ == "__main__":
    main()
