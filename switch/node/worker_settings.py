"""What the workers of a node are told when they are made."""

from __future__ import annotations

from typing import Final

from switch.call.recording import RecordingPolicy
from switch.config import Config
from switch.config.sounds import Sounds, sounds_of
from switch.wire.nursery import (
    Confirmations,
    Prompts,
    RecallSettings,
    RecordingSettings,
    WorkerSettings,
)

_LOOPBACK: Final = "127.0.0.1"


def worker_settings(config: Config) -> WorkerSettings:
    """Return what the workers of a node are told."""
    sounds, recall = sounds_of(config), config.recall
    return WorkerSettings(
        domain=config.switch.domain,
        address=_LOOPBACK,
        edge=f"{_LOOPBACK}:{config.edge.inner_port}",
        ng_host=config.media.ng_host,
        ng_port=config.media.ng_port,
        codecs=config.call.codecs,
        transcode=config.call.transcode,
        music=str(sounds.music.path),
        prompts=Prompts(
            menu=str(sounds.menu.path),
            wrong=str(sounds.wrong.path),
            goodbye=str(sounds.goodbye.path),
        ),
        recall=RecallSettings(
            ring_s=recall.ring_s,
            retries=recall.retries,
            pause_s=recall.pause_s,
            wait_s=recall.wait_s,
            menu_s=recall.menu_s if recall.menu else None,
            alert_info=recall.alert_info,
            call_info=recall.call_info,
        ),
        recording=RecordingSettings(
            spool=str(config.spool_dir.absolute()),
            ending=config.recording.format,
            policy=recording_policy(config),
            announcement="" if sounds.announcement is None else str(sounds.announcement.path),
            beep="" if sounds.announcement is None else str(sounds.beep.path),
            confirmations=_confirmations(sounds) if config.recording.confirm else None,
        ),
        accept_status=config.transfer.accept_status,
        rest_s=config.workers.rest_s,
        recycle_after=config.workers.recycle_after,
        territory_music={name: str(sound.path) for name, sound in sounds.territories.items()},
        session_expires_s=config.call.session_expires_s,
        silent_s=config.media.silent_s,
        log_level=config.logs.level,
        log_format=config.logs.format,
    )


def _confirmations(sounds: Sounds) -> Confirmations:
    return Confirmations(
        recorded=str(sounds.recorded.path),
        unrecorded=str(sounds.unrecorded.path),
        paused=str(sounds.paused.path),
    )


def recording_policy(config: Config) -> RecordingPolicy:
    """Return what is always recorded."""
    plan = config.dialplan
    return RecordingPolicy(
        directions=config.recording.always,
        reps=tuple(rep.name for rep in plan.reps if rep.record),
        territories=tuple(one.name for one in plan.territories if one.record),
        by_keys=config.recording.keys,
    )
