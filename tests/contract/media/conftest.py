"""A real rtpengine on ports of its own, and phones that play tones and hear what comes."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from switch.audio.music import write_music
from switch.audio.prompts import PROMPTS, write_prompt
from switch.call.ids import ConversationId
from switch.media.ng import MediaError, NgClient
from switch.wire.nursery import Prompts
from switch.worker.media import Media
from tests.contract.media.phones import HOST, Room

RTPENGINE = "/usr/bin/rtpengine"


class Relay:
    """One running rtpengine, which a test may stop and start again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._options = options
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            self.port: int = probe.getsockname()[1]
        # Below the ports that the kernel hands out; rtpengine passes over those in use.
        self.first_rtp_port = 2 * random.randrange(11_000, 14_500)
        self.music = folder / "music.wav"
        self.prompts = Prompts(**{name: str(folder / f"{name}.wav") for name in PROMPTS})
        self.pressed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        """Where it tells of keys that are pressed."""
        self.pressed.bind((HOST, 0))
        self.pressed.setblocking(False)
        self._log = folder / "rtpengine.log"
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as output:
            self._program = subprocess.Popen(
                [
                    RTPENGINE,
                    "--config-file=none",
                    "--foreground",
                    "--log-stderr",
                    "--log-level=6",
                    "--table=-1",
                    f"--interface={HOST}",
                    f"--listen-ng={HOST}:{self.port}",
                    f"--port-min={self.first_rtp_port}",
                    f"--port-max={self.first_rtp_port + 399}",
                    f"--dtmf-log-dest={HOST}:{self.pressed.getsockname()[1]}",
                    "--num-threads=2",
                    "--delete-delay=0",
                    *self._options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        asyncio.run(asyncio.wait_for(self._until_up(), 10))

    async def _until_up(self) -> None:
        client = await NgClient.connect(HOST, self.port)
        try:
            while True:
                with suppress(MediaError):
                    await client.request("ping")
                    return
        finally:
            client.close()

    def stop(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait(10)
            self._program = None

    def forget_keys(self) -> None:
        """Drop what it has told of keys until now."""
        with suppress(BlockingIOError):
            while True:
                self.pressed.recv(4096)

    def close(self) -> None:
        self.stop()
        self.pressed.close()

    def udp_ports(self) -> int:
        """Return how many UDP sockets it has open now."""
        assert self._program is not None
        mine = set()
        for handle in Path(f"/proc/{self._program.pid}/fd").iterdir():
            with suppress(OSError):
                mine.add(str(handle.readlink()))
        lines = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
        return sum(f"socket:[{line.split()[9]}]" in mine for line in lines)


@pytest.fixture(scope="session")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    running = Relay(tmp_path_factory.mktemp("media"))
    write_music(running.music)
    for name in PROMPTS:
        write_prompt(name, Path(getattr(running.prompts, name)))
    running.start()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
async def ng(relay: Relay) -> AsyncIterator[NgClient]:
    client = await NgClient.connect(HOST, relay.port)
    yield client
    client.close()


@pytest.fixture
async def room(relay: Relay, ng: NgClient) -> AsyncIterator[Room]:
    """Return one conversation's media, and a way to have phones in it."""
    relay.forget_keys()
    conversation_id = ConversationId(f"c{os.urandom(6).hex()}")
    media = Media(
        ng,
        conversation_id=conversation_id,
        address=HOST,
        codecs=("PCMU", "PCMA", "G722"),
        music=str(relay.music),
        prompts=relay.prompts,
    )
    room = Room(media=media, conversation_id=conversation_id)
    yield room
    room.close()
    with suppress(MediaError):
        await media.forget()
