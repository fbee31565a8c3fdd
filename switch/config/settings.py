"""Every setting of ``softswitch.toml``, with its unit and default.

Rules of this file:

* One class a table, one field a key, of the same name. ``config/softswitch.toml`` explains the
  same keys to operators; a test compares the two.
* ``None`` stands for the empty text in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from switch.config import rules
from switch.logs import Form, Level

OWN_TERRITORY: Final = "own_territory"
"""In ``[recall] fallback``: the first territory that the transferor is a member of."""
CALLED_TERRITORY: Final = "called_territory"
"""In ``[recall] fallback``: the territory, or rep, whose number the customer has dialled."""

_PORTS_PER_CONVERSATION = 8
"""Four legs at most, each with a port for RTP and one for RTCP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSettings:
    """Is ``[switch]``: what the whole switch goes by."""

    domain: Annotated[str, rules.DOMAIN] = "switch.test"
    """SIP domain of the reps' addresses, and the realm of their digests."""
    country: Annotated[str, rules.COUNTRY] = "US"
    """Where a number dialled without ``+`` belongs, as two letters."""
    data_dir: Annotated[Path, rules.PATH] = Path("var")
    """Folder for all that the switch keeps."""
    node: Annotated[str, rules.NAME] = "node1"
    """Name of this node on the bus; no two nodes of a bus share one."""

    @property
    def run_dir(self) -> Path:
        """Folder of what is written at each start; nothing in it is to be edited."""
        return self.data_dir / "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """Is ``[edge]``: Kamailio, which phones and trunks talk to."""

    managed: bool = True
    """Whether ``softswitch run`` starts and stops it."""
    address: Annotated[str, rules.ADDRESS] = "127.0.0.1"
    """IPv4 address of this machine that phones and trunks reach."""
    public_address: Annotated[str | None, rules.PUBLIC_ADDRESS] = None
    """What they know it by, if a router stands between; ``None`` = none does."""
    sip_port: Annotated[int, rules.PORT] = 5060
    """Port for phones and trunks, UDP and TCP."""
    inner_port: Annotated[int, rules.PORT] = 5070
    """UDP port of 127.0.0.1 for the workers."""
    evapi_port: Annotated[int, rules.PORT] = 5071
    """TCP port of 127.0.0.1 for the node."""
    rpc_port: Annotated[int, rules.PORT] = 5072
    """TCP port of 127.0.0.1 for questions about registrations (JSON-RPC over HTTP)."""
    ws_port: Annotated[int | None, rules.PORT] = field(
        default=None, metadata={"zero_is_none": True}
    )
    """TCP port where browsers' phones register by WebSocket; ``None`` = there are none."""
    ws_certificate: Path | None = None
    """Its certificate, a PEM file; ``None`` = plain, on 127.0.0.1, behind a proxy that has one."""
    ws_key: Path | None = None
    """The key of that certificate, a PEM file."""
    workers: Annotated[int, rules.within(1, 64, "Kamailio children")] = 1
    """Kamailio children for UDP, and as many for TCP; with one, what a phone sends in one
    moment is taken in its order."""
    memory_mb: Annotated[int, rules.within(32, 65536, "MiB")] = 512
    """Shared memory of Kamailio, in MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Is ``[media]``: rtpengine, which relays the audio."""

    managed: bool = True
    """Whether ``softswitch run`` starts and stops it."""
    address: Annotated[str, rules.ADDRESS] = "127.0.0.1"
    """IPv4 address of this machine for the audio."""
    public_address: Annotated[str | None, rules.PUBLIC_ADDRESS] = None
    """What session descriptions name in its place, if a router stands between; ``None`` = none
    does."""
    ng_host: Annotated[str, rules.HOST] = "127.0.0.1"
    """Where rtpengine takes its commands."""
    ng_port: Annotated[int, rules.PORT] = 2223
    """UDP port where rtpengine takes its commands."""
    dtmf_port: Annotated[int, rules.PORT] = 2224
    """UDP port of 127.0.0.1 where the node is told of keys that were pressed (RFC 4733)."""
    rtp_first_port: Annotated[int, rules.PORT] = 25000
    """First UDP port for audio."""
    rtp_last_port: Annotated[int, rules.PORT] = 29999
    """Last UDP port for audio."""
    silent_s: Annotated[float | None, rules.within(3, 3600, "seconds")] = field(
        default=30.0, metadata={"zero_is_none": True}
    )
    """How long nothing may come from somebody who talks, in seconds; ``None`` = for ever."""
    music: Path | None = None
    """What a customer hears who waits, a file that ffmpeg reads; ``None`` = the built-in music."""
    menu_prompt: Path | None = None
    """What a rep who is called back hears when he is to choose; ``None`` = built-in tones."""
    wrong_prompt: Path | None = None
    """What he hears who dialled what leads nowhere; ``None`` = built-in tones."""
    goodbye_prompt: Path | None = None
    """What a customer hears whom nobody can take; ``None`` = built-in tones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSettings:
    """Is ``[bus]``: the MQTT broker that leg records go to."""

    managed: bool = True
    """Whether ``softswitch run`` starts and stops a mosquitto for it."""
    host: Annotated[str, rules.HOST] = "127.0.0.1"
    """Where the broker is."""
    port: Annotated[int, rules.PORT] = 1883
    """TCP port of the broker."""
    username: str | None = None
    """Whom to connect as; ``None`` = nobody."""
    password_file: Path | None = None
    """File whose first line is the password; ``None`` = no password."""
    password: str | None = field(default=None, repr=False, metadata={"in_file": False})
    """What stood in ``password_file``; no key of the file, and never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    """Is ``[outbox]``: leg records on disk, until the bus has them and for a while after."""

    keep_h: Annotated[float, rules.within(0, 8760, "hours")] = 72.0
    """How long records are kept that were sent, in hours, so that they can be sent again."""
    most_mb: Annotated[int, rules.within(16, 1_000_000, "MiB")] = 1024
    """How much of the disk they may take, in MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Is ``[workers]``: the operating-system children that each hold one conversation."""

    warm: Annotated[int, rules.within(0, 1000, "workers")] = 2
    """Free workers kept ready."""
    most: Annotated[int, rules.within(1, 1000, "workers")] = 16
    """Workers at most, so conversations at most at a time; then 503."""
    first_port: Annotated[int, rules.PORT] = 20000
    """First UDP port of 127.0.0.1 for SIP between edge and workers."""
    rest_s: Annotated[float, rules.within(0, 60, "seconds")] = 0.6
    """How long a worker rests after a conversation, in seconds: pjsua frees its sockets late."""
    recycle_after: Annotated[int, rules.within(1, 1_000_000, "conversations")] = 300
    """Conversations after which a worker is replaced."""

    @property
    def last_port(self) -> int:
        """Last UDP port: each worker has one."""
        return self.first_port + self.most - 1

    @property
    def rtp_ports(self) -> int:
        """UDP ports for audio that this many conversations may need."""
        return self.most * self.rtp_ports_each

    @property
    def rtp_ports_each(self) -> int:
        """UDP ports for audio that a conversation may need."""
        return _PORTS_PER_CONVERSATION


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """Is ``[call]``: how a call is set up."""

    ring_timeout_s: Annotated[float, rules.SECONDS] = 60.0
    """How long the callee of a new call may ring, in seconds."""
    codecs: Annotated[tuple[str, ...], rules.CODEC_LIST] = ("PCMU", "PCMA", "G722", "opus")
    """Codecs offered to whom no list of his own is set, most wanted first."""
    transcode: bool = True
    """Whether two who have no codec in common are joined all the same."""
    session_expires_s: Annotated[int | None, rules.within(90, 86400, "seconds")] = field(
        default=1800, metadata={"zero_is_none": True}
    )
    """How long a call lasts that neither side refreshes (RFC 4028); ``None`` = for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """Is how long a transfer target may ring, by what it is; in seconds."""

    rep: Annotated[float, rules.SECONDS] = 20.0
    """A rep, on all his phones."""
    territory: Annotated[float, rules.SECONDS] = 30.0
    """A territory, all whom it rings and overflows to included."""
    outside: Annotated[float, rules.SECONDS] = 45.0
    """A number that a trunk takes."""

    @classmethod
    def of(cls, seconds: float) -> ResponseTimes:
        """Return the same for all."""
        return cls(rep=seconds, territory=seconds, outside=seconds)

    @property
    def longest_s(self) -> float:
        """Return how long any target may ring."""
        return max(self.rep, self.territory, self.outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    """Is ``[transfer]``: how a blind transfer goes."""

    response_timeout_s: ResponseTimes = field(
        default=ResponseTimes(), metadata={"one_for_all": True}
    )
    """How long the transfer target may ring."""
    accept_status: Literal[202, 200] = 202
    """How a REFER is accepted: 202 as phones expect, or 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSettings:
    """Is ``[recall]``: how a transferor is called back whose target failed."""

    ring_s: Annotated[float, rules.SECONDS] = 20.0
    """How long his phones ring, in seconds."""
    retries: Annotated[int, rules.within(0, 10, "calls")] = 1
    """How often he is called again if he does not answer."""
    pause_s: Annotated[float, rules.SECONDS] = 10.0
    """Between two such calls, in seconds."""
    wait_s: Annotated[float, rules.SECONDS] = 60.0
    """How long he is waited for while he is on another call, in seconds."""
    menu: bool = False
    """Whether he chooses by keys when he has answered; if not, to answer is to resume."""
    menu_s: Annotated[float, rules.within(1, 60, "seconds")] = 10.0
    """How long he may take between two keys, in seconds; then he resumes."""
    fallback: Annotated[tuple[str, ...], rules.EACH_ONCE] = (OWN_TERRITORY, CALLED_TERRITORY)
    """Where the customer goes after that, one after the other: names, extensions, outside
    numbers, or one of those two words."""
    alert_info: Annotated[str, rules.HEADER] = ""
    """The value of Alert-Info in the INVITE to him; empty: none."""
    call_info: Annotated[str, rules.HEADER] = ""
    """The value of Call-Info; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSettings:
    """Is ``[presence]``: who is available for a territory's calls."""

    wrap_up_s: Annotated[float, rules.within(0, 3600, "seconds")] = 0.0
    """How long territories leave a rep alone after a call, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    """Is ``[recording]``: what is recorded, and what becomes of it."""

    always: Annotated[tuple[str, ...], rules.DIRECTIONS] = ()
    """Directions of calls that are recorded without being asked for; see also ``record`` of reps
    and territories."""
    keys: bool = True
    """Whether ``*1`` of a rep who talks starts and stops recording, and ``*2`` pauses it."""
    announce: str = "none"
    """What both hear when they are recorded from now on: ``none``, ``beep`` or a sound file."""
    confirm: bool = True
    """Whether a rep hears what his ``*1`` or ``*2`` has done, if that is not announced."""

    dir: Path | None = None
    """Folder for recordings; ``None`` = ``recordings`` in ``data_dir``."""
    format: Literal["flac", "opus"] = "flac"
    """FLAC loses nothing, Opus takes a third of the room or less."""
    keep_days: Annotated[int | None, rules.within(1, 36500, "days")] = field(
        default=None, metadata={"zero_is_none": True}
    )
    """How long a recording is kept, in days; ``None`` = for ever."""
    abandoned_after_s: Annotated[float, rules.within(10, 86400, "seconds")] = 300.0
    """How long nothing was written of a recording whose worker died, in seconds, until it is
    taken for over."""
    s3_bucket: Annotated[str | None, rules.BUCKET] = None
    """Bucket of an S3-compatible storage instead of ``dir``; ``None`` = ``dir``."""
    s3_endpoint: Annotated[str | None, rules.URL] = None
    """Where that storage is; ``None`` = Amazon's."""
    s3_region: Annotated[str, rules.NAME] = "us-east-1"
    """Its region."""
    s3_credentials_file: Path | None = None
    """File with the access key on its first line and the secret on its second; only the
    converter reads it. ``None`` = none is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """Is ``[logs]``: what the switch says of itself."""

    level: Level = "info"
    """The least important lines that are written."""
    format: Form = "console"
    """For people, or a JSON object a line."""
