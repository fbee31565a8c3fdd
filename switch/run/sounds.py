"""Asks rtpengine, before anybody waits in silence, whether it can play what is to be heard."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from switch.errors import SwitchError
from switch.media.ng import MediaError, NgClient

_LOOK_EVERY_S: Final = 0.03
_SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
)


class SoundUnplayable(SwitchError):
    """Is a file that people are to hear and that rtpengine cannot play."""

    def __init__(self, *, path: Path, why: str) -> None:
        """Keep which file, and what rtpengine said."""
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        """Say which file, and what would help."""
        return (
            f"rtpengine cannot play {self.path} ({self.why}): "
            "it needs a sound file that ffmpeg reads and that it may open"
        )


async def require_playable(server: NgClient, paths: Iterable[Path]) -> None:
    """Return if each file can be played.

    Raises:
        SoundUnplayable: one of them cannot.
    """
    unplayed = list(dict.fromkeys(paths))
    if not unplayed:
        return
    call_id = f"sounds-{os.urandom(6).hex()}"
    await server.request("offer", call_id=call_id, from_tag="a", sdp=_SDP)
    try:
        await server.request("answer", call_id=call_id, from_tag="a", to_tag="b", sdp=_SDP)
        for path in unplayed:
            try:
                await server.request("play media", call_id=call_id, from_tag="a", file=str(path))
            except MediaError as error:
                raise SoundUnplayable(path=path, why=error.why) from None
    finally:
        await server.request("delete", call_id=call_id, delete_delay=0)


async def until_playing(host: str, port: int, sounds: Iterable[Path]) -> None:
    """Return when the rtpengine that listens there answers, and can play each file.

    Raises:
        SoundUnplayable: it cannot play one of them.
    """
    client = await NgClient.connect(host, port)
    try:
        while True:
            with contextlib.suppress(MediaError):
                await client.request("ping")
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        await require_playable(client, sounds)
    finally:
        client.close()
