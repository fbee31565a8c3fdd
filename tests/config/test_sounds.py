from __future__ import annotations

import dataclasses
from pathlib import Path

from switch.config import Config, MediaSettings, SwitchSettings
from switch.config.sounds import sounds_of


def test_what_is_not_configured_is_built_in_and_lies_in_the_run_folder() -> None:
    sounds = sounds_of(Config(switch=SwitchSettings(data_dir=Path("/data"))))

    for name in ("music", "menu", "wrong", "goodbye"):
        sound = getattr(sounds, name)
        assert sound.path == Path(f"/data/run/{name}.wav")
        assert sound.is_built_in


def test_what_is_configured_is_played_instead() -> None:
    media = MediaSettings(
        music=Path("/a/music.mp3"),
        menu_prompt=Path("/a/menu.mp3"),
        wrong_prompt=Path("/a/wrong.mp3"),
        goodbye_prompt=Path("/a/goodbye.mp3"),
    )

    sounds = sounds_of(Config(media=media))

    for one in dataclasses.fields(sounds):
        sound = getattr(sounds, one.name)
        assert sound.path == Path(f"/a/{one.name}.mp3")
        assert not sound.is_built_in


def test_the_player_is_told_where_they_are_whatever_folder_it_runs_in() -> None:
    sounds = sounds_of(Config(switch=SwitchSettings(data_dir=Path("var"))))

    assert sounds.goodbye.path.is_absolute()
