"""What a worker is told when it is made; the nursery keeps one copy for all of them."""

from __future__ import annotations

from typing import Literal

import msgspec


class RecallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Is how a transferor is called back whose target failed."""

    ring_s: float
    """How long his phone rings."""
    retries: int
    """How often he is called again."""
    pause_s: float
    """Between two calls."""
    wait_s: float
    """How long he is waited for while he is on another call."""
    menu_s: float | None
    """How long he may take to choose, by digits; None: to answer is to resume."""
    alert_info: str = ""
    """The value of Alert-Info in his INVITE; empty: none."""
    call_info: str = ""
    """The value of Call-Info; empty: none."""


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """Is which file is played for what, as rtpengine sees it."""

    menu: str
    wrong: str
    goodbye: str


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Is what all workers of a node have in common."""

    domain: str
    address: str
    """Where a worker's SIP socket listens: the inner side of the edge."""
    edge: str
    """``ip:port`` of the edge's inner socket."""
    ng_host: str
    ng_port: int
    codecs: tuple[str, ...]
    """What may be offered, best first."""
    music: str
    """The file that is music on hold, as rtpengine sees it."""
    prompts: Prompts
    recall: RecallSettings
    accept_status: int
    """What an accepted REFER is answered with: 202 or 200."""
    rest_s: float
    """Between the end of a conversation and the next."""
    recycle_after: int
    """Conversations after which a worker exits and another takes its place."""
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["console", "json"]


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag="fork"):
    """Node to nursery: make a worker; its end of the socket pair comes along."""

    worker: str
    port: int
    """The UDP port of its SIP socket."""


class Forked(msgspec.Struct, frozen=True, kw_only=True, tag="forked"):
    """Nursery to node: the worker has this process id."""

    worker: str
    pid: int


class Exited(msgspec.Struct, frozen=True, kw_only=True, tag="exited"):
    """Nursery to node: a worker's process is gone."""

    worker: str
    status: int
    """Its exit status; negative: the signal that ended it."""


FromNursery = Forked | Exited
