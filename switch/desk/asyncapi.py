"""``python -m switch.desk.asyncapi``: prints the description of the bus, for ``make asyncapi``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import yaml

from switch import __version__
from switch.records.schemas import asyncapi

FILE: Final = Path(__file__).parent / "web" / "static" / "asyncapi.yaml"


def written() -> str:
    """Return the file as it is to be."""
    # Copied, so that YAML writes out what stands in several places.
    whole = json.loads(json.dumps(asyncapi(__version__)))
    return str(yaml.safe_dump(whole, sort_keys=False, width=100))


if __name__ == "__main__":
    sys.stdout.write(written())
