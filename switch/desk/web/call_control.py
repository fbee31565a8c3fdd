"""The routes of the API that change what goes on: calls, and whether a rep is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Concatenate, Final, ParamSpec

from litestar import Request, Response, post, put
from litestar.params import HeaderParameter, JSONBody, PathParameter

from switch.desk.web import actions
from switch.desk.web.actions import Actor
from switch.desk.web.bodies import (
    HangUpIn,
    NewCallIn,
    OnOffIn,
    PresenceIn,
    PresenceOut,
    RecordingIn,
    ResumeIn,
    StartedOut,
    TransferIn,
)
from switch.desk.web.callers import Caller, TheCaller, needs
from switch.desk.web.desk import Desk
from switch.desk.web.given import TheDesk
from switch.desk.web.once import once
from switch.desk.web.problems import no

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern="^[!-~]+$",
        description="Made up by you: the same request sent again with it is done once.",
    ),
]
ConversationId = Annotated[
    str,
    PathParameter(pattern=r"^[^/+#\s\x00-\x1f]{1,128}$", description="The conversation's id."),
]
_Rep = Annotated[str, PathParameter(min_length=1, max_length=64, description="The rep's name.")]
_NO: Final = no(404, 409, 410, 413, 422, 504)

_Asked = ParamSpec("_Asked")

_starts = partial(
    post, guards=[needs("control")], responses=_NO, status_code=202, tags=["Live calls"]
)


async def _start(
    request: Request[Any, Any, Any],
    desk: Desk,
    caller: Caller,
    key: str | None,
    data: TransferIn | ResumeIn | HangUpIn | OnOffIn | RecordingIn,
    act: Callable[Concatenate[Desk, Actor, _Asked], Awaitable[str]],
    *args: _Asked.args,
    **more: _Asked.kwargs,
) -> Response[StartedOut]:
    """Do what is asked of a call that goes on, once, and return which it is."""
    actor = Actor(rep=data.rep, author=caller.name)

    async def start() -> StartedOut:
        return StartedOut(conversation=await act(desk, actor, *args, **more))

    return await once(request, desk, caller, key, data, start)


@_starts("/live/{conversation_id:str}/transfer")
async def transfer(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[TransferIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Transfer a call, or one that nobody took to somebody else.

    The transferor is free at once; the customer hears music until the target answers.
    """
    return await _start(
        request, desk, caller, key, data, actions.transfer, conversation_id, data.target
    )


@_starts("/live/{conversation_id:str}/resume")
async def resume(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[ResumeIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Give a transferor his call back now, whatever is being tried."""
    return await _start(request, desk, caller, key, data, actions.resume, conversation_id)


@_starts("/live/{conversation_id:str}/hangup")
async def hang_up(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[HangUpIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Hang up for a rep, as if his phone had; or end the call for everybody."""
    return await _start(request, desk, caller, key, data, actions.hang_up, conversation_id)


@_starts("/live/{conversation_id:str}/hold")
async def hold(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[OnOffIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Hold a call: the other party hears music, and the rep is not heard; or end that.

    The rep's phone takes no part in it; if it holds too, both must end for the two to talk.
    """
    return await _start(
        request, desk, caller, key, data, actions.hold, conversation_id, data.action
    )


@_starts("/live/{conversation_id:str}/mute")
async def mute(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[OnOffIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Let nobody hear a rep, who goes on hearing; or end that."""
    return await _start(
        request, desk, caller, key, data, actions.mute, conversation_id, data.action
    )


@_starts("/live/{conversation_id:str}/record")
async def record(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    conversation_id: ConversationId,
    data: JSONBody[RecordingIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Have a conversation recorded, or not; or pause that."""
    return await _start(
        request, desk, caller, key, data, actions.record, conversation_id, data.action
    )


@_starts("/calls")
async def call(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    caller: TheCaller,
    data: JSONBody[NewCallIn],
    key: Key = None,
) -> Response[StartedOut]:
    """Call somebody for a rep: his phones ring first, and once he answers, the target's.

    He may call whom he could dial, and hears it ring. It is an outgoing call of his.
    """

    async def start() -> StartedOut:
        return StartedOut(conversation=await actions.call(desk, data.rep, data.target))

    return await once(request, desk, caller, key, data, start)


@put(
    "/reps/{name:str}/presence",
    guards=[needs("control")],
    responses=no(404, 409, 413, 422, 504),
    tags=["Team"],
)
async def set_presence(desk: TheDesk, name: _Rep, data: JSONBody[PresenceIn]) -> PresenceOut:
    """Let a rep be away, so that no territory rings him; or back.

    To say the same twice is to say it once: this needs no Idempotency-Key.
    """
    await actions.set_away(desk, name, away=data.away)
    return PresenceOut(rep=name, away=data.away)


CALL_CONTROL: Final = (transfer, resume, hang_up, hold, mute, record, call, set_presence)
