"""A worker that dies in the middle of a conversation, and another that goes on with it."""

from __future__ import annotations

from switch.call.commands import JoinLegs, PlayMusic, PlayPrompt, StopMusic
from switch.call.conversation import Conversation
from switch.wire.survival import Salvaged, Waiting
from switch.wire.worker import decode_from_worker, encode
from tests.call.earshot import Earshot
from tests.call.line import Line


def rescue(line: Line) -> None:
    """Let the worker die while a transferee waits, and another go on; as the wire tells it."""
    before = line.conversation
    assert before.salvage is not None
    said = Salvaged(
        conversation_id=before.conversation_id,
        waiting=Waiting(salvage=before.salvage, remote_sdp="", told_sdp=""),
    )
    heard = decode_from_worker(encode(said))
    assert heard == said
    line.conversation = Conversation.rescued(
        before.salvage,
        conversation_id=before.conversation_id,
        timers=line.timers,
        now=line.now,
    )
    # The node has published the end of all who were there but for the transferee.
    line.published += [
        leg
        for leg_id, leg in line.conversation.legs.items()
        if leg_id in before.legs and leg.is_over and not before.legs[leg_id].is_over
    ]
    # What plays and what was asked is forgotten with the worker; the media server plays on.
    line.said = [
        one
        for one in line.said
        if not isinstance(one, PlayMusic | PlayPrompt | StopMusic | JoinLegs)
    ]
    line.earshot = Earshot()
    line.asked_back, line.dialled = [], []
    line.take()
    line.late = []
