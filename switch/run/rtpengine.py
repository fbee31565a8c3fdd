"""What the managed rtpengine is told when it is started."""

from __future__ import annotations

from typing import Final

from switch.config import Config

_LOOPBACK: Final = "127.0.0.1"
_FORGETS_AFTER_S: Final = 3600
"""After so long without a packet rtpengine takes a call for one that nobody has ended."""
_CONVERSATIONS_A_THREAD: Final = 40
"""As many as one core can turn from Opus to G.711, with room; as they are it passes on 500."""


def arguments(config: Config, *, cores: int) -> tuple[list[str], list[str]]:
    """Return what rtpengine is told, and what the one that takes its place is.

    Args:
        config: what the switch is told.
        cores: how many the machine has.
    """
    media = config.media
    public = "" if media.public_address is None else f"!{media.public_address}"
    both = [
        "--config-file=none",
        "--foreground",
        "--log-stderr",
        "--log-level=4",
        "--table=-1",
        f"--interface={media.address}{public}",
        f"--listen-ng={media.ng_host}:{media.ng_port}",
        # Who pressed what, as it happens: the node hears it and tells the worker whose call it is.
        f"--dtmf-log-dest={_LOOPBACK}:{media.dtmf_port}",
        # What it records, of the conversations that it is told to record.
        f"--recording-dir={config.spool_dir.absolute()}",
        "--recording-method=pcap",
        f"--num-threads={threads(config.workers.most, cores)}",
        "--delete-delay=0",
        # Who is silent for too long is the worker's business; a hold may last.
        f"--timeout={_FORGETS_AFTER_S}",
        f"--silent-timeout={_FORGETS_AFTER_S}",
    ]
    ones, others = _halves(media.rtp_first_port, media.rtp_last_port, config.workers.rtp_ports)
    return [*both, *ones], [*both, *others]


def threads(conversations: int, cores: int) -> int:
    """Return how many threads so many conversations may need: each more makes a packet dearer.

    Two that wait for the same packets cost a sixth more for each than one.
    """
    return max(1, min(cores, -(-conversations // _CONVERSATIONS_A_THREAD)))


def _halves(first: int, last: int, least: int) -> tuple[list[str], list[str]]:
    """Return the ports of two who take turns, if each can have as many as there must be.

    Until a phone is told of a new rtpengine it sends to ports of the dead one. If that port were
    given to another call meanwhile, its people would hear the phone.
    """
    half = (last - first + 1) // 4 * 2
    middle = first + half if half >= least else first
    highest = middle - 1 if half >= least else last
    return (
        [f"--port-min={first}", f"--port-max={highest}"],
        [f"--port-min={middle}", f"--port-max={last}"],
    )
