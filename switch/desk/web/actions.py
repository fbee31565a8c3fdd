"""What is done for somebody who asks, on a page or by the API.

What is allowed is decided where it is known: the switch itself refuses a transfer of a call that
is not the rep's. Here it is only said so that a person, or a program, can make something of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from dialplan import RepRoute
from switch.call.recording import Wish
from switch.desk.asker import BusAway, NobodyAnswers
from switch.desk.errors import UnknownThreadError
from switch.desk.notes import LONGEST, Note
from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.records.commands import (
    Answer,
    CallCommand,
    Command,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
    RecordCommand,
    ResumeCommand,
    Switched,
    TransferCommand,
    conversation_of,
    require_command,
)
from switch.records.errors import MessageError
from switch.records.of_leg import instant

_OK: Final = 200
_STATUS: Final = {
    400: 422,
    403: 403,
    404: 404,
    409: 409,
    480: 409,
    481: 410,
    482: 422,
    484: 422,
    486: 409,
    491: 409,
}
"""The status of HTTP for what the switch answers; whatever else is 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Is on whose behalf something is done."""

    rep: str | None
    """The rep whose call it must be; ``None``: anybody's."""
    author: str
    """Who writes notes."""
    is_admin: bool = False
    """Whether he may write into any conversation."""


async def transfer(desk: Desk, actor: Actor, conversation_id: str, target: str) -> str:
    """Transfer a call, and return the whole id of its conversation.

    Raises:
        Refused: it is not transferred, and all is as before.
    """
    if not target.strip():
        raise Refused(422, "say to whom: a name, an extension or a number")
    command = TransferCommand(
        conversation=conversation_id,
        target=target.strip(),
        rep=_rep_of(desk, actor, conversation_id),
    )
    # It would only come back: the rep would be off the call, the customer on music meanwhile.
    route = desk.config.dialplan.route_transfer(command.rep, command.target)
    if isinstance(route, RepRoute) and desk.board.is_known_offline(route.rep):
        raise Refused(409, f"{desk.name(route.rep)} is offline: no phone would ring")
    return await _ask(desk, command)


async def resume(desk: Desk, actor: Actor, conversation_id: str) -> str:
    """Give a transferor his call back, and return the whole id of its conversation.

    Raises:
        Refused: it is not given back, and all is as before.
    """
    rep = _rep_of(desk, actor, conversation_id)
    return await _ask(desk, ResumeCommand(conversation=conversation_id, rep=rep))


async def hang_up(desk: Desk, actor: Actor, conversation_id: str) -> str:
    """Hang a rep's leg up, or end the call; return the whole id of its conversation.

    Raises:
        Refused: it is not ended, and all is as before.
    """
    rep = _rep_of(desk, actor, conversation_id)
    return await _ask(desk, HangUpCommand(conversation=conversation_id, rep=rep))


async def hold(desk: Desk, actor: Actor, conversation_id: str, action: Switched) -> str:
    """Let the other party hear music, or the rep again; return the whole id of the conversation.

    Raises:
        Refused: all is as before.
    """
    rep = _rep_of(desk, actor, conversation_id)
    return await _ask(desk, HoldCommand(conversation=conversation_id, action=action, rep=rep))


async def mute(desk: Desk, actor: Actor, conversation_id: str, action: Switched) -> str:
    """Let nobody hear a rep, or everybody again; return the whole id of the conversation.

    Raises:
        Refused: all is as before.
    """
    rep = _rep_of(desk, actor, conversation_id)
    return await _ask(desk, MuteCommand(conversation=conversation_id, action=action, rep=rep))


async def record(desk: Desk, actor: Actor, conversation_id: str, action: Wish) -> str:
    """Have a conversation recorded, or not, and return its whole id.

    Raises:
        Refused: all is as before.
    """
    rep = _rep_of(desk, actor, conversation_id)
    return await _ask(desk, RecordCommand(conversation=conversation_id, action=action, rep=rep))


async def call(desk: Desk, rep: str, target: str) -> str:
    """Ring a rep's phones and then the target's, and return the id of the conversation.

    Raises:
        Refused: nobody is called.
    """
    _require_rep(desk, rep)
    if not target.strip():
        raise Refused(422, "say whom: a name, an extension or a number")
    return await _ask(desk, CallCommand(rep=rep, target=target.strip()))


async def set_away(desk: Desk, rep: str, *, away: bool) -> None:
    """Let a rep be away, or back.

    Raises:
        Refused: there is no such rep, or the switch does not hear of it.
    """
    _require_rep(desk, rep)
    await _ask(desk, PresenceCommand(rep=rep, away=away))


async def write_note(
    desk: Desk,
    actor: Actor,
    conversation_id: str,
    *,
    text: str,
    disposition: str | None,
    based_on: int | None,
) -> Note:
    """Write what somebody has to say of a conversation, in the place of what he said before.

    Raises:
        Refused: it is too long, or the conversation is none of his.
        NoteChanged: he has changed it elsewhere since he read it.
    """
    text = text.replace("\r\n", "\n").replace("\0", "")
    if len(text) > LONGEST:
        raise Refused(413, f"a note has {LONGEST:,} letters at most, and this one {len(text):,}")
    if disposition is not None and disposition not in desk.config.desk.dispositions:
        raise Refused(422, "this is none of the dispositions that [desk] dispositions names")
    if actor.rep is not None and not actor.is_admin:
        await require_part(desk, actor.rep, conversation_id)
    at = instant(desk.now())
    note = Note(
        conversation_id=conversation_id,
        author=actor.author,
        text=text,
        disposition=disposition,
        revision=0,
        made_at=at,
        changed_at=at,
    )
    try:
        written = await asyncio.to_thread(desk.store.write_note, note, based_on=based_on)
    except UnknownThreadError as error:
        raise Refused(404, str(error)) from None
    desk.hub.tell_notes(conversation_id)
    return written


async def require_part(desk: Desk, rep: str, conversation_id: str) -> None:
    """See to it that a rep has, or had, to do with a conversation.

    Raises:
        Refused: he has not, or there is none.
    """
    if desk.board.concerns(rep, conversation_id):
        return
    try:
        thread = await asyncio.to_thread(desk.store.get, conversation_id)
    except UnknownThreadError as error:
        raise Refused(404, str(error)) from None
    tried = {attempt.rep for leg in thread.legs for attempt in leg.attempts}
    if rep not in tried | {leg.rep for leg in thread.legs}:
        raise Refused(403, "this conversation is somebody else's")


def _require_rep(desk: Desk, rep: str) -> None:
    if desk.config.dialplan.rep(rep) is None:
        raise Refused(404, f"there is no rep {rep!r}")


def _rep_of(desk: Desk, actor: Actor, conversation_id: str) -> str | None:
    """Return as whom to ask: a supervisor does as himself what he can do so."""
    if actor.rep is None or not actor.is_admin:
        return actor.rep
    return actor.rep if desk.board.concerns(actor.rep, conversation_id) else None


async def _ask(desk: Desk, command: Command) -> str:
    try:
        require_command(command)
    except MessageError as error:
        raise Refused(422, str(error)) from None
    try:
        answer = await desk.ask(command)
    except BusAway:
        raise Refused(503, "the bus is away; the call goes on as it is") from None
    except NobodyAnswers as error:
        raise await _nobody(desk, command, error) from None
    if answer.status != _OK:
        raise _refused(answer)
    return answer.conversation or conversation_of(command) or ""


def _refused(answer: Answer) -> Refused:
    status = _STATUS.get(answer.status, 504 if answer.status == 504 else 503)  # noqa: PLR2004
    return Refused(status, answer.problem or "the switch gave no reason")


async def _nobody(desk: Desk, command: Command, error: NobodyAnswers) -> Refused:
    if not error.nodes:
        return Refused(503, str(error))
    conversation = conversation_of(command)
    if conversation is None:
        return Refused(504, str(error))
    try:
        thread = await asyncio.to_thread(desk.store.get, conversation)
    except UnknownThreadError:
        return Refused(404, f"there is no call {conversation!r}")
    if thread.ended_at is None:
        return Refused(503, "nobody answers for this call")
    return Refused(410, "the call has ended")
