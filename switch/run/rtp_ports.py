"""What may go wrong with the UDP ports for audio: said at the start, for it shows in calls only.

rtpengine passes over a port that somebody else has. So what is taken is no error; it is as many
conversations fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from switch.config import Config

_HANDED_OUT: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_RESERVED: Final = Path("/proc/sys/net/ipv4/ip_local_reserved_ports")
_UDP: Final = Path("/proc/net/udp")


def port_warnings(
    config: Config, *, handed_out: Path = _HANDED_OUT, reserved: Path = _RESERVED, udp: Path = _UDP
) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with the ports for audio on this machine.

    Args:
        config: which they are.
        handed_out: where the kernel says which ports it gives to whoever asks for none.
        reserved: where it says which of those it does not give.
        udp: where it says which are in use.
    """
    media = config.media
    if not media.managed:
        return
    wanted = range(media.rtp_first_port, media.rtp_last_port + 1)
    which = f"[media] rtp_first_port to rtp_last_port, {wanted[0]} to {wanted[-1]}"
    first, last = (int(one) for one in _read(handed_out, "0 0").split())
    given = set(range(first, last + 1)).intersection(wanted) - _reserved(reserved)
    if given:
        yield (
            f"{which}: the kernel gives {min(given)} to {max(given)} to other programs "
            "(net.ipv4.ip_local_port_range). Take others, or reserve them: sysctl -w "
            f"net.ipv4.ip_local_reserved_ports={wanted[0]}-{wanted[-1]}"
        )
    taken = sorted(_taken(udp).intersection(wanted))
    if taken:
        left = (len(wanted) - len(taken)) // config.workers.rtp_ports_each
        yield (
            f"{which}: {len(taken)} of them are in use ({taken[0]} and on), which leaves enough "
            f"for {left} of the {config.workers.most} conversations of [workers] most"
        )


def _read(path: Path, otherwise: str) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return otherwise


def _reserved(path: Path) -> set[int]:
    found: set[int] = set()
    for span in _read(path, "").replace(",", " ").split():
        first, _to, last = span.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _taken(path: Path) -> set[int]:
    lines = _read(path, "").splitlines()[1:]
    return {int(line.split()[1].partition(":")[2], 16) for line in lines}
