from __future__ import annotations

from pathlib import Path

import pytest

from dialplan import Dialplan, Rep, Territory
from switch.config import Config, MediaSettings, RecordingSettings, SwitchSettings
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

    for name in ("music", "menu", "wrong", "goodbye"):
        sound = getattr(sounds, name)
        assert sound.path == Path(f"/a/{name}.mp3")
        assert not sound.is_built_in
    assert sounds.own == [Path(f"/a/{name}.mp3") for name in ("music", "menu", "wrong", "goodbye")]


@pytest.mark.parametrize(
    ("announce", "path", "own"),
    [
        ("none", None, []),
        ("beep", Path("/data/run/beep.wav"), []),
        ("/a/told.ogg", Path("/a/told.ogg"), [Path("/a/told.ogg")]),
    ],
)
def test_what_is_announced(announce: str, path: Path | None, own: list[Path]) -> None:
    switch = SwitchSettings(data_dir=Path("/data"))

    sounds = sounds_of(Config(switch=switch, recording=RecordingSettings(announce=announce)))

    assert (sounds.announcement.path if sounds.announcement else None) == path
    assert sounds.own == own


def test_a_territory_may_have_music_of_its_own() -> None:
    alice = Rep(name="alice", extension="101", display_name="Alice")
    groups = [
        Territory(name="seattle", extension="801", members=("alice",), music="/a/seattle.ogg"),
        Territory(name="boise", extension="802", members=("alice",)),
    ]

    sounds = sounds_of(Config(dialplan=Dialplan(reps=(alice,), territories=tuple(groups))))

    assert {name: one.path for name, one in sounds.territories.items()} == {
        "seattle": Path("/a/seattle.ogg")
    }
    assert sounds.own == [Path("/a/seattle.ogg")]


def test_the_player_is_told_where_they_are_whatever_folder_it_runs_in() -> None:
    sounds = sounds_of(Config(switch=SwitchSettings(data_dir=Path("var"))))

    assert sounds.goodbye.path.is_absolute()
