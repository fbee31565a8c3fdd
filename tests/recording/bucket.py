"""Buckets in the S3-compatible storage that the tests run."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

from switch.config import RecordingSettings

KEY, SECRET = "AKIAEXAMPLE", "swordfish-swordfish"


def bucket(tmp_path: Path, url: str) -> RecordingSettings:
    """Make a bucket, and return the settings of who keeps recordings there."""
    credentials = tmp_path / "s3.credentials"
    credentials.write_text(f"{KEY}\n{SECRET}\n")
    name = f"b{os.urandom(6).hex()}"
    request = urllib.request.Request(f"{url}/{name}", method="PUT")
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={KEY}/20261128/us-east-1/s3")
    urllib.request.urlopen(request, timeout=10).close()
    return RecordingSettings(s3_bucket=name, s3_endpoint=f"{url}/", s3_credentials_file=credentials)
