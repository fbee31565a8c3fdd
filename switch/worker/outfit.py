"""What a conversation is equipped with, by what the node said of it and what all workers know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from switch.call.conversation import Conversation
from switch.call.ids import ConversationId
from switch.recording.recorder import Recorder
from switch.wire.nursery import WorkerSettings
from switch.wire.survival import Rescue
from switch.wire.worker import Expect, FromWorker
from switch.worker.adopted import AdoptingStack, ServingStack
from switch.worker.media import Media
from switch.worker.relay import MediaServer
from switch.worker.surroundings import Surroundings


def media_of(expected: Expect | Rescue, settings: WorkerSettings, server: MediaServer) -> Media:
    """Return the media of a conversation; those of a transferee are known already."""
    media = Media(
        server,
        conversation_id=ConversationId(expected.conversation_id),
        address=settings.address,
        codecs=settings.codecs,
        transcode=settings.transcode,
        music=settings.music,
        territory_music=settings.territory_music,
        prompts=settings.prompts,
    )
    if isinstance(expected, Rescue):
        waiting = expected.waiting
        media.restore(waiting.salvage.transferee, said=waiting.remote_sdp, told=waiting.told_sdp)
    return media


def limit(media: Media, conversation: Conversation) -> None:
    """Let the media of each leg be as the operator has set it for whose leg it is."""
    for leg in conversation.legs.values():
        media.obey(leg.leg_id, leg.party.media)
        if conversation.by_keys and leg.party.role == "rep":
            media.keys.keep(leg.leg_id)


def recorder_of(
    expected: Expect | Rescue, settings: WorkerSettings, server: MediaServer
) -> Recorder:
    """Return what can record it."""
    return Recorder(server, Path(settings.recording.spool), expected.conversation_id)


def surroundings_of(expected: Expect | Rescue, settings: WorkerSettings) -> Surroundings:
    """Return its names and limits."""
    return Surroundings(
        domain=settings.domain,
        conversation_id=expected.conversation_id,
        accept_status=settings.accept_status,
        response_s=expected.response_s,
        alert_info=settings.recall.alert_info,
        call_info=settings.recall.call_info,
    )


def adopting(
    rescue: Rescue, stack: ServingStack, say: Callable[[FromWorker], None]
) -> AdoptingStack:
    """Return the stack of a conversation that another worker began."""
    return AdoptingStack(
        stack,
        adopted=rescue.waiting.salvage.transferee,
        conversation_id=rescue.conversation_id,
        say=say,
    )
