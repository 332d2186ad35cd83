"""A store that speaks S3, on loopback (moto), with one bucket."""

from __future__ import annotations

import itertools
from typing import Self

import boto3
from moto.server import ThreadedMotoServer

from storage.objects.s3 import S3Objects
from tests.servers.process import HOST

BUCKET = "evidence-of-tests"
KEY, SECRET = "testing", "CANARY-store-secret"


class ObjectStore:
    """`stop` and `start` keep the port and what is stored."""

    def __enter__(self) -> Self:
        self.port = 0
        self._numbers = itertools.count(1)
        self.start()
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *why: object) -> None:
        self.client.close()
        self.stop()

    def start(self) -> None:
        self._server = ThreadedMotoServer(ip_address=HOST, port=self.port, verbose=False)
        self._server.start()
        _, self.port = self._server.get_host_and_port()

    def stop(self) -> None:
        """Refuse connections; what is stored stays."""
        self._server.stop()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def objects(self, prefix: str = "") -> S3Objects:
        """A place in it that no other test has."""
        prefix = prefix or f"desk/{next(self._numbers)}"
        return S3Objects(BUCKET, prefix, "us-east-1", self.url, KEY, SECRET)

    def names(self, prefix: str) -> dict[str, int]:
        """Every object below the prefix, with its size."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
        return {one["Key"].removeprefix(f"{prefix}/"): one["Size"] for one in found}
