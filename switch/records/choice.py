"""What a transferor can choose just now, as it is retained on the bus.

It names the customer, number included: it is for those whose call it is.
"""

from __future__ import annotations

import msgspec

from switch.call.choice import Choice, ChoiceState
from switch.call.target import Party
from switch.records.leg import Identifier, Instant, Role
from switch.records.of_leg import instant


class ChoiceParty(msgspec.Struct, frozen=True, kw_only=True):
    """Is a human in a call that is being transferred."""

    role: Role
    rep: str | None = None
    """The rep's name, if it is a rep."""
    number: str | None = None
    """In E.164 where it is a telephone number; ``None`` if withheld or unknown."""
    name: str | None = None
    """The display name as given; ``None`` if there is none."""


class ChoiceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Is a transferee who waits on music, and what is being done about it."""

    conversation_id: Identifier
    node: str
    """The node that has the conversation."""
    transferor: ChoiceParty
    transferee: ChoiceParty
    target: str
    """Who is called, or was called last in vain: a rep, a territory or a number."""
    outcome: str
    """``pending``, or the end reason of the target that failed."""
    state: ChoiceState
    may_retarget: bool
    """Whether another target may be named; if not, he can only be taken back."""
    since_at: Instant
    """When the last transfer began."""
    until_at: Instant | None = None
    """When something happens by itself; ``None``: nothing does."""


def record_of_choice(conversation_id: str, choice: Choice, *, node: str) -> ChoiceRecord:
    """Return a choice as it is published by a node."""
    return ChoiceRecord(
        conversation_id=conversation_id,
        node=node,
        transferor=_party(choice.transferor),
        transferee=_party(choice.transferee),
        target=choice.target,
        outcome=choice.outcome,
        state=choice.state,
        may_retarget=choice.may_retarget,
        since_at=instant(choice.since_s),
        until_at=None if choice.until_s is None else instant(choice.until_s),
    )


def _party(party: Party) -> ChoiceParty:
    return ChoiceParty(role=party.role, rep=party.rep, number=party.number, name=party.name)
