from __future__ import annotations

from pathlib import Path

import pytest

from switch.config import Config, MediaSettings, WorkerSettings
from switch.run.rtp_ports import port_warnings


class Kernel:
    """What the kernel says of ports, in files as it writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says("range", "32768\t60999\n")
        self.says("reserved", "\n")
        self.says("udp", "  sl  local_address rem_address   st\n")

    def says(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def warnings(self, *, first: int, last: int, managed: bool = True) -> list[str]:
        media = MediaSettings(rtp_first_port=first, rtp_last_port=last, managed=managed)
        config = Config(media=media, workers=WorkerSettings(most=16))
        return list(
            port_warnings(
                config,
                handed_out=self.folder / "range",
                reserved=self.folder / "reserved",
                udp=self.folder / "udp",
            )
        )


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_ports_that_are_free_and_given_to_nobody_are_right(kernel: Kernel) -> None:
    assert kernel.warnings(first=20000, last=32767) == []


def test_ports_that_the_kernel_gives_to_others_are_warned_of(kernel: Kernel) -> None:
    (warning,) = kernel.warnings(first=30000, last=34999)

    assert "gives 32768 to 34999 to other programs" in warning
    assert warning.endswith("net.ipv4.ip_local_reserved_ports=30000-34999")


def test_ports_that_are_reserved_are_given_to_nobody(kernel: Kernel) -> None:
    kernel.says("reserved", "8080,30000-34998,34999\n")

    assert kernel.warnings(first=30000, last=34999) == []


def test_ports_in_use_are_counted(kernel: Kernel) -> None:
    kernel.says("udp", "  sl  local_address\n  1: 0100007F:4E20 00000000:0000 07\n")

    (warning,) = kernel.warnings(first=20000, last=20127)

    assert "1 of them are in use (20000 and on)" in warning
    assert "enough for 15 of the 16 conversations" in warning


def test_the_ports_of_an_rtpengine_of_others_are_theirs(kernel: Kernel) -> None:
    assert kernel.warnings(first=30000, last=34999, managed=False) == []


def test_a_kernel_that_says_nothing_is_believed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    assert list(port_warnings(Config(), handed_out=gone, reserved=gone, udp=gone)) == []
