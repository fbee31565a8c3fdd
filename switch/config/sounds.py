"""Which files people hear: the configured ones, or the built-in ones in the run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from switch.config.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Is one file that rtpengine plays."""

    path: Path
    is_built_in: bool
    """It is written at the start, unless it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Is every file that people hear, by absolute paths."""

    music: Sound
    menu: Sound
    wrong: Sound
    goodbye: Sound
    beep: Sound
    recorded: Sound
    unrecorded: Sound
    paused: Sound
    announcement: Sound | None
    """What both are told when they are recorded from now on; ``None``: nothing."""
    territories: dict[str, Sound]
    """The music of those that have one of their own, by name."""

    @property
    def own(self) -> list[Path]:
        """The operator's own files."""
        usual = [self.music, self.menu, self.wrong, self.goodbye]
        if self.announcement is not None:
            usual.append(self.announcement)
        return [
            sound.path for sound in (*usual, *self.territories.values()) if not sound.is_built_in
        ]


def sounds_of(config: Config) -> Sounds:
    """Return which files a switch of this configuration plays."""
    media = config.media

    def sound(name: str, configured: Path | None) -> Sound:
        path = configured or config.run_dir / f"{name}.wav"
        return Sound(path=path.absolute(), is_built_in=configured is None)

    beep, announce = sound("beep", None), config.recording.announce
    return Sounds(
        music=sound("music", media.music),
        menu=sound("menu", media.menu_prompt),
        wrong=sound("wrong", media.wrong_prompt),
        goodbye=sound("goodbye", media.goodbye_prompt),
        beep=beep,
        recorded=sound("recorded", None),
        unrecorded=sound("unrecorded", None),
        paused=sound("paused", None),
        announcement={"none": None, "beep": beep}.get(announce, sound("", Path(announce))),
        territories={
            group.name: sound(group.name, Path(group.music))
            for group in config.dialplan.territories
            if group.music is not None
        },
    )
