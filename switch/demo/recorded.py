"""Listens to the recording of an act, and holds it against who talked."""

from __future__ import annotations

import array
import asyncio
import shutil
import sys
from itertools import groupby
from pathlib import Path
from typing import Final

from switch.audio import g711
from switch.audio.tones import FRAME_SAMPLES, NOISE, QUIET, classify, tone_name
from switch.config import Config
from switch.demo.checks import Check
from switch.demo.stage import Performance

_FILE: Final = "story.flac"
_MADE_WITHIN_S: Final = 30.0
_LOOKS_EVERY_S: Final = 0.1
_LEAST_FRAMES: Final = 10
"""What lasts for less is the seam between two sounds."""
_SIDES: Final = ("left", "right")


async def listen(
    act: Performance, config: Config, folder: Path, *, left: list[str], right: list[str]
) -> tuple[Path | None, list[Check]]:
    """Wait for the recording of an act, copy it into a folder, and compare what is heard.

    Args:
        act: what was played.
        config: of the switch that has recorded it.
        folder: where the copy goes.
        left: who is to be heard there, one after the other.
        right: the same.

    Returns:
        The copy, if there is a recording, and what was looked at.
    """
    names = [name for thread in act.threads for name in thread.get("recordings", ())]
    made = Check(what="recordings", expected="1", got=str(len(names)), ok=len(names) == 1)
    if not made.ok:
        return None, [made]
    path = config.recordings_dir / names[0]
    try:
        async with asyncio.timeout(_MADE_WITHIN_S):
            while not path.exists():  # noqa: ASYNC110 -- the converter tells nobody
                await asyncio.sleep(_LOOKS_EVERY_S)
    except TimeoutError:
        return None, [Check(what="the recording", expected="a file", got="none", ok=False)]
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    copy = Path(await asyncio.to_thread(shutil.copyfile, path, folder / _FILE))
    sides = await _sides(copy)
    who = {
        tone_name(party.voice.tone_hz): party.name
        for party in act.parties.values()
        if party.voice is not None
    }
    checks = [made]
    for name, expected, frames in zip(_SIDES, (left, right), sides, strict=True):
        heard = [who.get(sound, sound) for sound in _order(frames)]
        checks.append(
            Check(
                what=f"heard {name} in the recording",
                expected=" → ".join(expected),
                got=" → ".join(heard),
                ok=heard == expected,
            )
        )
    return copy, checks


async def _sides(path: Path) -> tuple[list[str], list[str]]:
    """Return what is heard in each 20 ms of a file, left and right."""
    player = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switch.recording.play", str(path)),
        stdout=asyncio.subprocess.PIPE,
    )
    raw, _ = await player.communicate()
    samples = array.array("h", raw)
    return _frames(samples[0::2]), _frames(samples[1::2])


def _frames(samples: array.array[int]) -> list[str]:
    last = len(samples) - FRAME_SAMPLES + 1
    return [
        classify(g711.encode(samples[at : at + FRAME_SAMPLES]))
        for at in range(0, last, FRAME_SAMPLES)
    ]


def _order(frames: list[str]) -> list[str]:
    """Return what is heard, one after the other; silence and seams left out."""
    runs = [(sound, len(list(run))) for sound, run in groupby(frames)]
    long = [
        sound for sound, count in runs if count >= _LEAST_FRAMES and sound not in {QUIET, NOISE}
    ]
    return [sound for sound, _ in groupby(long)]
