"""The settings of what an operator's Prometheus reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from switch.config import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Is ``[metrics]``: where the node's numbers are to be read."""

    address: Annotated[str, rules.ADDRESS] = "127.0.0.1"
    """IPv4 address of this machine; who reaches it can read them, and nothing else."""
    port: Annotated[int, rules.PORT] = 9464
    """TCP port: ``http://ADDRESS:PORT/metrics``."""
