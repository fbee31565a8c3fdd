"""The settings of what an operator's Prometheus reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from switch.config import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Is ``[metrics]``: where the numbers of the node, and those of the desk, are to be read."""

    address: Annotated[str, rules.ADDRESS] = "127.0.0.1"
    """IPv4 address of this machine; who reaches it can read them, and nothing else."""
    port: Annotated[int, rules.PORT] = 9464
    """TCP port of the node's: ``http://ADDRESS:PORT/metrics``."""
    desk_port: Annotated[int, rules.PORT] = 9465
    """TCP port of the desk's: not that of its pages, which a proxy may show to the world."""
