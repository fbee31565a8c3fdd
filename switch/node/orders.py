"""Has each command carried out by whom it concerns."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from switch.config import Config
from switch.node.asking import Asking
from switch.node.away import Away
from switch.node.clicks import Clicks
from switch.node.outside import Outside
from switch.node.pool import Pool
from switch.node.publisher import Publisher
from switch.node.reps import RepsNow
from switch.node.router import new_conversation_id
from switch.records.commands import (
    Answer,
    CallCommand,
    CallsCommand,
    Command,
    PresenceCommand,
)
from switch.records.leg import LegRecord


class Calls(Protocol):
    """Whoever has to do with calls that go on."""

    def handle(self, command: CallsCommand) -> Awaitable[Answer | None]:
        """Carry out a command; None: it is about no call here."""


class Orders:
    """All that can be asked of this node."""

    def __init__(
        self,
        config: Config,
        *,
        calls: Calls,
        pool: Pool,
        asking: Asking,
        outside: Outside,
        reps: RepsNow,
        publisher: Publisher,
    ) -> None:
        """Join who carries out what.

        Args:
            config: what the operator has set.
            calls: has to do with calls that go on.
            pool: the workers.
            asking: asks one and waits for its answer.
            outside: who may call outside.
            reps: who is where.
            publisher: says on the bus who is away, and hears it.
        """
        self._calls = calls
        self._away = Away(reps, publish=publisher.publish_away)
        publisher.away_heard = self._away.heard
        self._clicks = Clicks(
            dialplan=config.dialplan,
            pool=pool,
            asking=asking,
            outside=outside,
            reps=reps,
            new_id=new_conversation_id,
            ring_s=config.call.ring_timeout_s,
            response=config.transfer.response_timeout_s,
        )

    async def handle(self, command: Command) -> Answer | None:
        """Carry out a command and return what became of it; None: another node may answer."""
        match command:
            case PresenceCommand():
                return self._away.command(command)
            case CallCommand():
                return await self._clicks.call(command)
            case _:
                return await self._calls.handle(command)

    def leg(self, record: LegRecord) -> None:
        """Take a change of a leg."""
        self._clicks.leg(record.conversation_id, record.rep)

    def conversation_over(self, conversation_id: str) -> None:
        """Take that a conversation is over, whatever was heard of it."""
        self._clicks.conversation_over(conversation_id)
