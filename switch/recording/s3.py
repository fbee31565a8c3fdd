"""Recordings in a bucket. A file appears there when all of it has arrived.

A converter that is killed while it sends a large file leaves parts that nobody sees; have the
bucket drop unfinished uploads after a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store

from switch.config import RecordingSettings
from switch.recording.store import NotKept, StoreFailed


class BucketStore:
    """Recordings in a bucket of an S3-compatible storage."""

    def __init__(self, settings: RecordingSettings) -> None:
        """Prepare to talk to the storage; nothing is asked yet.

        Raises:
            StoreFailed: the file with the credentials cannot be used.
        """
        assert settings.s3_bucket is not None
        self._name = f"bucket {settings.s3_bucket}"
        endpoint = settings.s3_endpoint
        access_key, secret = self._credentials(settings.s3_credentials_file)
        self._store = S3Store(
            settings.s3_bucket,
            endpoint=endpoint.rstrip("/") if endpoint else None,
            region=settings.s3_region,
            access_key_id=access_key,
            secret_access_key=secret,
            skip_signature=access_key is None,
            client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
        )

    def _credentials(self, path: Path | None) -> tuple[str | None, str | None]:
        if path is None:
            return None, None
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
            access_key, secret = lines[0].strip(), lines[1].strip()
        except (OSError, UnicodeDecodeError, IndexError):
            access_key = secret = ""
        if not access_key or not secret:
            why = f"{path} must hold the access key on its first line, the secret on its second"
            raise StoreFailed(store=self._name, why=why)
        return access_key, secret

    def put(self, path: Path, name: str) -> None:
        """Send a file."""
        try:
            self._store.put(name, path)
        except (BaseError, OSError) as error:
            raise self._failed(error) from error

    def names(self) -> Iterator[str]:
        """Yield the names of all files in it."""
        try:
            for some in self._store.list():
                for one in some:
                    yield one["path"]
        except (BaseError, OSError) as error:
            raise self._failed(error) from error

    def remove(self, name: str) -> None:
        """Delete a file."""
        try:
            self._store.delete(name)
        except (BaseError, OSError) as error:
            raise self._failed(error) from error

    def size(self, name: str) -> int:
        """Ask the storage."""
        try:
            return self._store.head(name)["size"]
        except FileNotFoundError:
            raise NotKept(name) from None
        except (BaseError, OSError) as error:
            raise self._failed(error) from error

    def read(self, name: str, start: int, end: int) -> bytes:
        """Have the storage send a part of it."""
        try:
            return bytes(self._store.get_range(name, start=start, end=end))
        except FileNotFoundError:
            raise NotKept(name) from None
        except (BaseError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreFailed:
        # Its texts go on with an account of the request for programmers; the secret is not in it.
        return StoreFailed(store=self._name, why=str(error).split("\n", maxsplit=1)[0][:300])
