"""What each phone hears, by the commands that the media server was given."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from switch.call.commands import (
    AnswerLeg,
    Command,
    JoinLegs,
    MuteLeg,
    PlayMusic,
    PlayPrompt,
    PlayRinging,
    Prompt,
    StopMusic,
    UnmuteLeg,
)
from switch.call.ids import LegId


class Earshot:
    """Who hears whom, or what."""

    def __init__(self) -> None:
        self.music: set[LegId] = set()
        self.ringing: set[LegId] = set()
        self.prompts: dict[LegId, Prompt] = {}
        """What is played once, and to whom."""
        self.muted: set[LegId] = set()
        self.joined: tuple[LegId, LegId] | None = None

    def hears(self, leg_id: LegId) -> LegId | str | None:
        """Return whom a phone hears: a leg, music, a prompt, or None for silence."""
        if leg_id in self.prompts:
            return self.prompts[leg_id].value
        if leg_id in self.music:
            return "music"
        if leg_id in self.ringing:
            return "ringing"
        if self.joined is None or leg_id not in self.joined:
            return None
        peer = self.joined[0] if leg_id == self.joined[1] else self.joined[1]
        return None if peer in self.muted else peer

    def forget(self, over: AbstractSet[LegId]) -> None:
        """Let phones hear nothing any more."""
        self.music -= over
        self.muted -= over
        for leg_id in over:
            self.prompts.pop(leg_id, None)

    def take(self, command: Command) -> None:
        """Do what a command says, if it is one about media."""
        match command:
            case AnswerLeg(leg_id=leg_id, answered_by=peer):
                self.joined = (leg_id, peer)
            case JoinLegs(leg_id=leg_id, peer=peer):
                self.joined = (leg_id, peer)
                self._silence(leg_id)
                self.muted -= {leg_id, peer}
            case MuteLeg(leg_id=leg_id):
                self.muted.add(leg_id)
            case UnmuteLeg(leg_id=leg_id):
                self.muted.discard(leg_id)
            case PlayMusic(leg_id=leg_id):
                self._silence(leg_id)
                self.music.add(leg_id)
            case PlayRinging(leg_id=leg_id):
                self.ringing.add(leg_id)
            case StopMusic(leg_id=leg_id):
                self._silence(leg_id)
            case PlayPrompt(leg_id=leg_id, prompt=prompt):
                self._silence(leg_id)
                self.prompts[leg_id] = prompt

    def _silence(self, leg_id: LegId) -> None:
        self.music.discard(leg_id)
        self.ringing.discard(leg_id)
        self.prompts.pop(leg_id, None)
