"""What the node tells a worker that somebody wants of his call, by a command."""

from __future__ import annotations

import msgspec

from switch.call.target import Party, Target


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag="hang_up"):
    """Node to worker: somebody hangs up."""

    question: str
    """Names it in the answer."""
    rep: str | None
    """Who, as if his phone did; None: an operator, for everybody."""


class Summon(msgspec.Struct, frozen=True, kw_only=True, tag="summon"):
    """Node to worker: a rep wants somebody called: call him first, then whom he wants.

    The answer is an ``Expecting``: the conversation has begun then.
    """

    conversation_id: str
    caller: Party
    """The rep."""
    presented: Party
    """The face of the rep that the callee's phone shows."""
    dialled: str
    target: Target
    ring_s: float
    response_s: float


class Hold(msgspec.Struct, frozen=True, kw_only=True, tag="hold"):
    """Node to worker: a rep wants to hold whom he talks with, or no longer."""

    question: str
    rep: str | None
    """Who; None: the one rep who talks."""
    on: bool


class Mute(msgspec.Struct, frozen=True, kw_only=True, tag="mute"):
    """Node to worker: a rep wants to be heard by nobody, or again."""

    question: str
    rep: str | None
    """As in :class:`Hold`."""
    on: bool
