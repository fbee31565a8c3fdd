"""A configuration built in code: for the demo, and for tests of the whole switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dialplan import Dialplan, Did, Rep, Territory, Toll, Trunk
from switch.config.config import Config
from switch.config.desk import DeskSettings
from switch.config.metrics import MetricsSettings
from switch.config.settings import (
    BusSettings,
    EdgeSettings,
    MediaSettings,
    SwitchSettings,
    WorkerSettings,
)

_SMALL_MEMORY_MB = 128
"""A handful of calls need no more, and a test machine may run several switches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Is which ports of the loopback a switch of its own may take.

    Whoever starts it finds free ones; the two ranges must not overlap anything else.
    """

    sip: int
    """For phones and trunks, UDP and TCP."""
    inner: int
    """For the workers, UDP."""
    evapi: int
    """For the node, TCP."""
    rpc: int
    """For questions about registrations, TCP."""
    ng: int
    """For rtpengine's commands, UDP."""
    dtmf: int
    """For the digits that rtpengine tells the node of, UDP."""
    bus: int
    """For the broker, TCP."""
    http: int
    """For the desk's pages, TCP."""
    metrics: int
    """For the node's numbers, TCP."""
    desk_metrics: int
    """For the desk's numbers, TCP."""
    workers_first: int
    """First of as many UDP ports as there are workers."""
    rtp_first: int
    """First UDP port for audio."""
    rtp_last: int
    """Last UDP port for audio."""


def embedded(
    data_dir: Path,
    *,
    ports: Ports,
    reps: Sequence[Rep],
    territories: Sequence[Territory] = (),
    dids: Sequence[Did] = (),
    trunks: Sequence[Trunk] = (),
    toll: Toll | None = None,
    workers: WorkerSettings | None = None,
) -> Config:
    """Return a configuration for a switch that keeps to itself on the loopback.

    Everything else has its default; ``dataclasses.replace`` changes it. The processes of the
    switch read files, so write it to a folder before starting them.

    Raises:
        DialplanError: reps, territories, DIDs and trunks contradict each other.
    """
    return Config(
        switch=SwitchSettings(data_dir=data_dir.absolute()),
        edge=EdgeSettings(
            sip_port=ports.sip,
            inner_port=ports.inner,
            evapi_port=ports.evapi,
            rpc_port=ports.rpc,
            memory_mb=_SMALL_MEMORY_MB,
        ),
        media=MediaSettings(
            ng_port=ports.ng,
            dtmf_port=ports.dtmf,
            rtp_first_port=ports.rtp_first,
            rtp_last_port=ports.rtp_last,
        ),
        bus=BusSettings(port=ports.bus),
        desk=DeskSettings(http_port=ports.http),
        metrics=MetricsSettings(port=ports.metrics, desk_port=ports.desk_metrics),
        workers=replace(workers or WorkerSettings(), first_port=ports.workers_first),
        dialplan=Dialplan(
            reps=tuple(reps),
            territories=tuple(territories),
            dids=tuple(dids),
            trunks=tuple(trunks),
            country=SwitchSettings().country,
            toll=toll or Toll(),
        ),
    )
