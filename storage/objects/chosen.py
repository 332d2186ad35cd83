"""The place that the configuration names."""

from __future__ import annotations

from config.secrets import Secret
from config.settings import Evidence as Settings
from storage.objects.contract import Objects
from storage.objects.folder import FolderObjects
from storage.objects.s3 import S3Objects


def objects(settings: Settings, secret: Secret | None) -> Objects:
    """A folder, or the store of evidence.url."""
    if not settings.url:
        return FolderObjects(settings.folder)
    bucket, _, prefix = settings.url.removeprefix("s3://").partition("/")
    return S3Objects(
        bucket,
        prefix.strip("/"),
        settings.region,
        settings.endpoint,
        settings.access_key,
        secret.reveal() if secret else "",
    )
