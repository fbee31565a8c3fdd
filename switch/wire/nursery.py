"""Messages between the node and its nursery, and the first word of whoever comes to the node.

Nursery and workers connect to the node, which may be another one each time. The first line of
each says who it is (:class:`NurseryHello`, :class:`~switch.wire.survival.Hello`). The nursery is
then told what every worker is told (:class:`WorkerSettings`), and whom to make (:class:`Fork`).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from switch.call.recording import RecordingPolicy
from switch.wire.errors import UNREADABLE, WireError
from switch.wire.survival import Hello

NODE_SOCKET: Final = "node.sock"
"""The name of the node's socket, in the folder of what is written at each start."""


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


class Confirmations(msgspec.Struct, frozen=True, kw_only=True):
    """Is what a rep hears whose key was about the recording, as files that rtpengine sees."""

    recorded: str
    unrecorded: str
    paused: str


class RecordingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Is how conversations are recorded."""

    spool: str
    """The folder that rtpengine records to, and workers write their plans to."""
    ending: Literal["flac", "opus"]
    """Of the files that recordings become."""
    policy: RecordingPolicy
    """What is always recorded."""
    announcement: str = ""
    """The file that both hear when they are recorded from now on; empty: none."""
    beep: str = ""
    """The same after a pause."""
    confirmations: Confirmations | None = None
    """``None``: the rep hears nothing of what his keys have done."""


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
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
    transcode: bool = True
    """Whether rtpengine may turn one codec into another."""
    music: str
    """The file that is music on hold, as rtpengine sees it."""
    prompts: Prompts
    recall: RecallSettings
    recording: RecordingSettings
    accept_status: int
    """What an accepted REFER is answered with: 202 or 200."""
    rest_s: float
    """Between the end of a conversation and the next."""
    recycle_after: int
    """Conversations after which a worker exits and another takes its place."""
    territory_music: dict[str, str] = {}
    """The files of the territories that have music of their own, by name."""
    session_expires_s: int | None = None
    """How long a dialog lasts that neither side refreshes (RFC 4028); None: for ever."""
    silent_s: float | None = None
    """How long nothing may come from somebody who talks; None: for ever."""
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["console", "json"]


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag="fork"):
    """Node to nursery: make a worker."""

    worker: str
    port: int
    """The UDP port of its SIP socket."""


class NurseryHello(msgspec.Struct, frozen=True, kw_only=True, tag="nursery"):
    """Nursery to node, first on each connection."""

    pid: int


class Forked(msgspec.Struct, frozen=True, kw_only=True, tag="forked"):
    """Nursery to node: the worker has this process id."""

    worker: str
    port: int
    pid: int


class Exited(msgspec.Struct, frozen=True, kw_only=True, tag="exited"):
    """Nursery to node: a worker's process is gone."""

    worker: str
    pid: int
    status: int
    """Its exit status; negative: the signal that ended it."""


ToNursery = WorkerSettings | Fork
FromNursery = NurseryHello | Forked | Exited
FirstWord = NurseryHello | Hello

_ENCODER = msgspec.json.Encoder()
_TO_NURSERY: msgspec.json.Decoder[ToNursery] = msgspec.json.Decoder(ToNursery)
_FROM_NURSERY: msgspec.json.Decoder[FromNursery] = msgspec.json.Decoder(FromNursery)
_FIRST_WORD: msgspec.json.Decoder[FirstWord] = msgspec.json.Decoder(FirstWord)


def encode(message: ToNursery | FromNursery) -> bytes:
    """Return the message as one line."""
    return _ENCODER.encode(message) + b"\n"


def decode_for_nursery(line: bytes) -> ToNursery:
    """Return what the node said to the nursery.

    Raises:
        WireError: the line is torn, or no message of this version.
    """
    try:
        return _TO_NURSERY.decode(line)
    except UNREADABLE as error:
        raise WireError(peer="node", problem=str(error)) from None


def decode_from_nursery(line: bytes) -> FromNursery:
    """Return what the nursery said.

    Raises:
        WireError: the line is torn, or no message of this version.
    """
    try:
        return _FROM_NURSERY.decode(line)
    except UNREADABLE as error:
        raise WireError(peer="nursery", problem=str(error)) from None


def decode_first_word(line: bytes) -> FirstWord:
    """Return who has come to the node.

    Raises:
        WireError: it is nobody of ours, or of another version.
    """
    try:
        return _FIRST_WORD.decode(line)
    except UNREADABLE as error:
        raise WireError(peer="newcomer", problem=str(error)) from None
