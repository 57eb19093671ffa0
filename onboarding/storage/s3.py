"""An S3 bucket: one PUT or GET per file, little patience, and errors that Python knows."""

import errno
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import md5
from typing import Any

from boto3.s3.transfer import S3Transfer
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from django.core.files import File
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

# A person waits for an upload, and a web worker with them. Botocore's own patience is a minute
# for each of five tries.
_PATIENCE = {
    "connect_timeout": 2,
    "read_timeout": 5,
    "retries": {"mode": "standard", "total_max_attempts": 2},
    # Whoever reads a file compares it with its name; a damaged one is no fault of the connection.
    "response_checksum_validation": "when_required",
}
_FULL = frozenset({"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull"})


class WholeObjects(S3Storage):  # type: ignore[misc]  # django-storages publishes no types.
    """django-storages' S3, but a file is one object in one request, and nothing waits for long.

    Names are digests of the content here, so writing over an object can only mend it.
    `client_config` in the options is a mapping, so that it can be JSON: options of
    `botocore.config.Config` that come before the ones here.
    """

    # Any: botocore publishes no types.
    client_config: Any

    def __init__(self, *, client_config: dict[str, Any] | None = None, **options: Any) -> None:
        """Any: options of django-storages and botocore, each of its own type."""
        super().__init__(**{**options, "file_overwrite": True})
        patience = Config(**{**_PATIENCE, **(client_config or {})})
        self.client_config = self.client_config.merge(patience)

    def exists(self, name: str) -> bool:
        with _as_os_errors():
            if super().exists(name):
                return True
            # HEAD says 404 for a bucket that is not there, too: that would prove nothing.
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        return False

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError), _as_os_errors():
            self._object(name).delete()

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        """The names as they are: the original would tidy up a foreign `a//b` or `a/../b`, and
        whoever followed that would go round in circles."""
        prefix = self._normalize_name(f"{clean_name(name)}/") if name else self._normalize_name("")
        paginator = self.connection.meta.client.get_paginator("list_objects")
        folders: list[str] = []
        files: list[str] = []
        with _as_os_errors():
            for page in paginator.paginate(Bucket=self.bucket_name, Delimiter="/", Prefix=prefix):
                found = (one["Prefix"] for one in page.get("CommonPrefixes", ()))
                folders += [one[len(prefix) : -1] for one in found]
                keys = (one["Key"] for one in page.get("Contents", ()))
                # Some tools mark a folder by an empty object of its name.
                files += [one[len(prefix) :] for one in keys if one != prefix]
        return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _as_os_errors():
            at: datetime = super().get_modified_time(name)
        return at

    def renew(self, name: str) -> None:
        """Written just now, as far as anybody can see."""
        with _as_os_errors():
            parameters = self._get_write_parameters(name)
            key = self._normalize_name(clean_name(name))
            # S3 takes a copy of an object onto itself only if something about it is replaced.
            self._object(name).copy_from(
                CopySource={"Bucket": self.bucket_name, "Key": key},
                MetadataDirective="REPLACE",
                **parameters,
            )

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError("Objects are read whole here, and written by `save` alone.")
        with _as_os_errors():
            # What an object is written with, such as a lock, is refused by what only reads.
            parameters = {
                option: value
                for option, value in self.get_object_parameters(name).items()
                if option in S3Transfer.ALLOWED_DOWNLOAD_ARGS
            }
            content: bytes = self._object(name).get(**parameters)["Body"].read()
        return ContentFile(content, name=name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _as_os_errors():
            parameters = self._get_write_parameters(name, content)
            body = b"".join(content.chunks())
            # A PUT is whole or not done: the server counts the bytes and compares their digest.
            digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
            self._object(name).put(Body=body, ContentMD5=digest, **parameters)
        return str(clean_name(name))

    def _object(self, name: str) -> Any:
        """Any: boto3 makes its classes at run time."""
        return self.bucket.Object(self._normalize_name(clean_name(name)))


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise _os_error(error) from error


def _os_error(error: BotoCoreError | ClientError) -> OSError:
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return TimeoutError(errno.ETIMEDOUT, str(error))
    if not isinstance(error, ClientError):
        return OSError(errno.EIO, str(error))
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    # HEAD has no body, so it cannot say more than its status; any other 404 is no S3's.
    if code == "NoSuchKey" or (code == "404" and error.operation_name == "HeadObject"):
        return FileNotFoundError(errno.ENOENT, str(error))
    if code in _FULL or status == 507:
        return OSError(errno.ENOSPC, str(error))
    if status in {401, 403, 405}:
        return PermissionError(errno.EACCES, str(error))
    return OSError(errno.EIO, str(error))
