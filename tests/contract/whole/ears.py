"""Ears for cues: short sounds in the middle of a talk, looked for in frames of 20 ms."""

from __future__ import annotations

import dataclasses

from switch.audio import g711
from switch.audio.tones import dominant
from tests.contract.whole.deaths import until
from tests.contract.whole.party import Party

BEEP_HZ, _LOW_HZ = 1400, 1000
UP, DOWN, TWICE = (_LOW_HZ, BEEP_HZ), (BEEP_HZ, _LOW_HZ), (_LOW_HZ, _LOW_HZ)
_CUES_HZ = {BEEP_HZ, _LOW_HZ}
_VOICES_HZ = {900, 1100, 1300}
_AFTER = 5
"""So many frames of somebody's voice show that the talk goes on."""


@dataclasses.dataclass(slots=True)
class Ear:
    """What a party hears from now on, as runs of one pitch and how many frames each has."""

    party: Party
    runs: list[tuple[int | None, int]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        heard = self.party.voice.heard
        keep = heard.add

        def add(at_s: float, payload: bytes) -> None:
            keep(at_s, payload)
            hz = dominant(g711.decode(payload), sorted(_CUES_HZ | _VOICES_HZ))
            if self.runs and self.runs[-1][0] == hz:
                self.runs[-1] = hz, self.runs[-1][1] + 1
            else:
                self.runs.append((hz, 1))

        heard.add = add  # type: ignore[method-assign]

    def cues(self) -> list[int]:
        """Return the pitches of cues, one after the other; one frame may be between two."""
        return [hz for hz, frames in self.runs if hz in _CUES_HZ and frames > 1]

    async def hears(self, *cues: int) -> None:
        """Return when these were heard since the beginning, and then somebody's voice again."""
        await until(lambda: self.cues() == list(cues) and self.hears_a_voice())

    def hears_a_voice(self, frames: int = _AFTER) -> bool:
        """Whether so many frames of somebody's voice were the last, with nothing between."""
        hz, count = self.runs[-1]
        return hz in _VOICES_HZ and count >= frames
