"""Whether a file can be played is rtpengine's to say, before anybody waits for it in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from switch.media.ng import NgClient
from switch.run.sounds import SoundUnplayable, require_playable
from tests.contract.media.conftest import Relay
from tests.run.processes import until

pytestmark = pytest.mark.contract


async def test_what_ffmpeg_reads_can_be_played(ng: NgClient, relay: Relay) -> None:
    ports = relay.udp_ports()

    await require_playable(ng, [relay.music, Path(relay.prompts.menu), relay.music])

    await until(lambda: relay.udp_ports() == ports)


async def test_without_files_nothing_is_asked(ng: NgClient) -> None:
    ng.close()

    await require_playable(ng, [])


@pytest.mark.parametrize("content", [b"", b"no sound at all\n" * 100])
async def test_a_file_that_is_no_sound_is_named(
    ng: NgClient, relay: Relay, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "seattle.mp3"
    path.write_bytes(content)
    ports = relay.udp_ports()

    with pytest.raises(SoundUnplayable, match=r"cannot play .*seattle\.mp3"):
        await require_playable(ng, [relay.music, path])

    await until(lambda: relay.udp_ports() == ports)


async def test_a_file_that_is_gone_is_named(ng: NgClient, tmp_path: Path) -> None:
    with pytest.raises(SoundUnplayable, match=r"gone\.wav"):
        await require_playable(ng, [tmp_path / "gone.wav"])
