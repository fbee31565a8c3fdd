"""What workers are told of the configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dialplan import Dialplan, Rep, Territory
from switch.call.recording import RecordingPolicy
from switch.config import Config, MediaSettings, RecallSettings, RecordingSettings
from switch.node.worker_settings import worker_settings
from switch.wire.nursery import Confirmations
from switch.wire.nursery import RecallSettings as Told


def test_the_defaults_call_back_twice_and_to_answer_is_to_resume() -> None:
    settings = worker_settings(Config())

    assert settings.recall == Told(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None)
    assert settings.edge == "127.0.0.1:5070"


def test_with_a_menu_there_is_a_time_to_choose() -> None:
    recall = RecallSettings(menu=True, menu_s=7, alert_info="<x>", call_info="<y>", retries=0)

    settings = worker_settings(replace(Config(), recall=recall))

    assert settings.recall == Told(
        ring_s=20,
        retries=0,
        pause_s=10,
        wait_s=60,
        menu_s=7,
        alert_info="<x>",
        call_info="<y>",
    )


def test_what_is_recorded_is_gathered_from_all_files() -> None:
    plan = Dialplan(
        country="US",
        reps=(
            Rep(name="alice", extension="101", display_name="Alice", record=True),
            Rep(name="saul", extension="102", display_name="Saul"),
        ),
        territories=(Territory(name="seattle", extension="801", members=("saul",), record=True),),
        dids=(),
        trunks=(),
    )
    recording = RecordingSettings(always=("inbound",), keys=False, format="opus")

    settings = worker_settings(replace(Config(), recording=recording, dialplan=plan)).recording

    assert settings.policy == RecordingPolicy(
        directions=("inbound",), reps=("alice",), territories=("seattle",), by_keys=False
    )
    assert settings.ending == "opus"
    assert Path(settings.spool).is_absolute()


def test_what_is_played_is_the_operators_or_built_in() -> None:
    own = MediaSettings(goodbye_prompt=Path("/srv/sorry.mp3"))

    settings = worker_settings(replace(Config(), media=own))

    assert settings.prompts.goodbye == "/srv/sorry.mp3"
    assert settings.prompts.menu == str(Path("var/run/menu.wav").absolute())
    assert settings.prompts.wrong == str(Path("var/run/wrong.wav").absolute())
    assert settings.music == str(Path("var/run/music.wav").absolute())


def test_a_rep_hears_what_his_keys_have_done_unless_that_is_not_wanted() -> None:
    here = Path("var/run").absolute()

    settings = worker_settings(Config()).recording
    without = worker_settings(replace(Config(), recording=RecordingSettings(confirm=False)))

    assert (settings.announcement, settings.beep) == ("", "")
    assert settings.confirmations == Confirmations(
        recorded=f"{here}/recorded.wav",
        unrecorded=f"{here}/unrecorded.wav",
        paused=f"{here}/paused.wav",
    )
    assert without.recording.confirmations is None


def test_both_hear_an_announcement_and_after_a_pause_a_beep() -> None:
    own = RecordingSettings(announce="/srv/told.ogg")

    settings = worker_settings(replace(Config(), recording=own)).recording

    assert settings.announcement == "/srv/told.ogg"
    assert settings.beep == str(Path("var/run/beep.wav").absolute())
