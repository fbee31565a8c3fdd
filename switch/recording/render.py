"""Makes one sound file of a plan and its captures; what it needs of memory does not grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from switch.recording.codec import RATES_HZ
from switch.recording.mix import Mix
from switch.recording.sound_file import Form, SoundFile
from switch.recording.tape.marks import Marks, instant, marks
from switch.recording.tape.pcap import Captured, read_capture
from switch.recording.tape.plan import Plan
from switch.recording.tape.tape import Survey, Tape

_NARROW_HZ: Final = 8000
_WIDE_HZ: Final = 16000
_PACKET_S: Final = 0.02
_BLOCK_S: Final = 1.0
_BEHIND_S: Final = 3.0
"""How long after a packet arrived another may still be put before it."""
_BUFFER_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Is one conversation's recording as it lies in the spool."""

    conversation_id: str
    plan: Plan
    captures: Sequence[Path]


def render(recording: Recording, path: Path, form: Form) -> Marks | None:
    """Write a recording to a file, and return the account of it.

    Returns None, and writes nothing, if there is nothing to hear.

    Raises:
        NotACapture: one of the captures is none.
    """
    plan, from_s = recording.plan, recording.plan.from_s
    captures = _in_order(recording.captures)
    if from_s is None:
        return None
    # Once through all of it, to know how long it is and at which rate it is to be written.
    survey = Survey(plan)
    for captured in _all(captures):
        survey.take(captured)
    if not survey.codecs:
        return None
    to_s = plan.to_s
    duration_s = (survey.newest_s + _PACKET_S if to_s is None else to_s) - from_s
    is_wide = any(RATES_HZ.get(codec, 0) > _NARROW_HZ for _side, codec in survey.codecs)
    rate_hz = _WIDE_HZ if is_wide else _NARROW_HZ

    tape, mix = Tape(plan, from_s=from_s), Mix(survey.codecs, rate_hz=rate_hz)
    tags = {"CONVERSATION": recording.conversation_id, "DATE": instant(from_s)}
    with SoundFile(path, form, rate_hz=rate_hz, tags=tags) as file:
        written_s = 0.0
        for captured in _all(captures):
            for heard in tape.take(captured):
                mix.put(heard)
            while tape.newest_s - _BEHIND_S > written_s + _BLOCK_S:
                written_s += _BLOCK_S
                file.write(mix.until(written_s))
        for heard in tape.rest():
            mix.put(heard)
        while duration_s > written_s + _BLOCK_S:
            written_s += _BLOCK_S
            file.write(mix.until(written_s))
        file.write(mix.rest(duration_s))
    return marks(
        plan,
        conversation_id=recording.conversation_id,
        from_s=from_s,
        duration_s=duration_s,
        file=f"{recording.conversation_id}.{form}",
        rate_hz=rate_hz,
        codecs=survey.codecs,
        unreadable=frozenset(mix.unreadable),
    )


def _in_order(captures: Sequence[Path]) -> list[Path]:
    """Return the captures that hold anything, the earliest first."""
    begun = []
    for path in captures:
        first = next(_all([path]), None)
        if first is not None:
            begun.append((first.at_s, path))
    return [path for _at_s, path in sorted(begun)]


def _all(captures: Sequence[Path]) -> Iterator[Captured]:
    for path in captures:
        with path.open("rb", buffering=_BUFFER_BYTES) as file:
            yield from read_capture(file.read)
