"""What is known of the machine that a figure was taken on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any, Final

_ASKED: Final = {
    "rtpengine": ["--version"],
    "kamailio": ["-v"],
    "mosquitto": ["-h"],
    "sipp": ["-v"],
}


def machine() -> dict[str, Any]:
    """Return what is known of this machine."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "cpu": models[0] if models else platform.machine(),
        "kernel": platform.release(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    """Return which programs there are, and of which version."""
    found = {"softswitch": importlib.metadata.version("softswitch")}
    found["python"] = platform.python_version()
    for name, more in _ASKED.items():
        try:
            told = subprocess.run([name, *more], check=False, capture_output=True, text=True)
        except OSError:
            continue
        version = re.search(r"\d+\.\d+[\w.+-]*", told.stdout + told.stderr)
        found[name] = version[0] if version else "unknown"
    return found
