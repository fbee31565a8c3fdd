"""Carries out the commands of the conversation, one after the other.

What comes of a command returns as a fact or an event. A command that cannot be carried
out ends the leg it is about: its conversation then hears of the end like of any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from switch.call.commands import (
    AlertLeg,
    AnswerAsk,
    AnswerLeg,
    AnswerRefer,
    AnswerReinvite,
    AskBack,
    AskTransfer,
    Command,
    HangUpLeg,
    JoinLegs,
    MuteLeg,
    PlaceLeg,
    PlayMusic,
    PlayPrompt,
    PlayRinging,
    RejectLeg,
    SendNotify,
    StopMusic,
    UnmuteLeg,
)
from switch.call.events import LegEnded, LegEvent, NotifyAnswered, PromptEnded
from switch.call.ids import LegId
from switch.errors import SwitchError
from switch.media.ng import MediaError
from switch.sip.status import sipfrag
from switch.wire.worker import Answered, AskingBack, AskingTransfer, FromWorker, ReferAnswered
from switch.worker.facts import ReinviteAnswered, Reinvited
from switch.worker.media import Media
from switch.worker.moving import MoveLeg, OpenToKeys, PressKey, Reanchor, Redescribe
from switch.worker.prompting import Prompting
from switch.worker.reanchoring import Reanchoring, Standing
from switch.worker.reinviting import Redescribing
from switch.worker.subscription import Subscriptions
from switch.worker.surroundings import Surroundings

_RINGING: Final = 180
_SESSION_PROGRESS: Final = 183
_OK: Final = 200
_SERVER_ERROR: Final = 500
_Hearing = MuteLeg | UnmuteLeg | PlayMusic | PlayPrompt | PlayRinging | StopMusic


class Signalling(Redescribing, Protocol):
    """What carrying out commands needs of the SIP stack."""

    def place(
        self, leg_id: LegId, *, uri: str, persona: str, headers: dict[str, str], sdp: str
    ) -> None:
        """Send an INVITE."""

    def answer(self, leg_id: LegId, sip_status: int, *, sdp: str | None = None) -> None:
        """Answer an INVITE."""

    def refuse_reinvite(self, leg_id: LegId, *, sip_status: int) -> None:
        """Refuse a re-INVITE, if one waits."""

    def hang_up(self, leg_id: LegId, *, sip_status: int = 0) -> None:
        """End a leg."""

    def notify(
        self, leg_id: LegId, *, refer_id: str, event_id: int, sipfrag: str, expires_s: int | None
    ) -> None:
        """Send a NOTIFY."""


async def at_once() -> None:
    """Wait for nothing: there is a node."""


class Performer:
    """Carries out commands for one conversation."""

    def __init__(
        self,
        stack: Signalling,
        media: Media,
        surroundings: Surroundings,
        *,
        say: Callable[[FromWorker], None],
        subscriptions: Subscriptions,
        happened: Callable[[LegEvent], None],
        noticed: Callable[[str, SwitchError], None],
        legs: Standing,
    ) -> None:
        """Join what the commands need.

        Args:
            stack: the SIP side.
            media: the media of this conversation.
            surroundings: its names and limits.
            say: tells the node something, such as the answer to a REFER.
            subscriptions: of the REFERs of this conversation.
            happened: takes an event that a command brought about.
            noticed: takes what could not be done, for the log.
            legs: which of them stand, and the end of all of them.
        """
        self._stack = stack
        self._media = media
        self._around = surroundings
        self._say = say
        self._subscriptions = subscriptions
        self._happened = happened
        self._noticed = noticed
        self.until_node: Callable[[], Awaitable[None]] = at_once
        """Returns when there is a node, or has been none for too long."""
        self._prompting = Prompting(media, happened=happened)
        self._reanchoring = Reanchoring(stack, media, self._prompting, legs=legs, noticed=noticed)
        self._reinvites = self._reanchoring.reinvites

    def reinvited(self, fact: ReinviteAnswered | Reinvited) -> None:
        """Take the answer to a re-INVITE of ours, or an offer that may have been answered."""
        if isinstance(fact, ReinviteAnswered):
            self._reinvites.answered(fact.leg_id, fact.sip_status)
        elif fact.answered is not None:
            self._media.now_told(fact.leg_id, fact.answered)
            self._reinvites.answered_at_once(fact.leg_id, fact.answered)

    def close(self) -> None:
        """Do nothing any more that was put off: the conversation is over."""
        self._prompting.close()
        self._reinvites.close()

    async def perform(self, command: Command) -> None:
        """Carry out one command."""
        try:
            try:
                await self._perform(command)
            except MediaError as error:
                if not error.is_unknown_call:
                    raise
                # Known to it before: it was started anew, and nobody has told us yet.
                await self._reanchoring.anew()
                await self._perform(command)
        except SwitchError as error:
            self._noticed(type(command).__name__, error)
            self._give_up(command, error)

    def _perform(self, command: Command) -> Awaitable[None]:
        match command:
            case PlaceLeg():
                return self._place(command)
            case AlertLeg():
                return self._alert(command)
            case AnswerLeg():
                return self._answer(command)
            case JoinLegs(leg_id=leg_id, peer=peer):
                return self._join(leg_id, peer)
            case MuteLeg() | UnmuteLeg() | PlayMusic() | PlayPrompt() | PlayRinging() | StopMusic():
                return self._let_hear(command)
            case AnswerReinvite():
                return self._answer_reinvite(command)
            case MoveLeg(leg_id=leg_id, peer=peer):
                return self._move(leg_id, peer)
            case PressKey() | OpenToKeys():
                return self._media.keys.perform(command)
            case Reanchor(began_s=began_s):
                return self._reanchoring.if_lost(began_s)
            case _:
                return self._signal(command)

    async def _let_hear(self, command: _Hearing) -> None:
        """Carry out what changes what is heard, and nothing else."""
        match command:
            case MuteLeg(leg_id=leg_id):
                await self._media.mute(leg_id)
            case UnmuteLeg(leg_id=leg_id):
                await self._media.unmute(leg_id)
            case PlayPrompt(leg_id=leg_id, prompt=prompt):
                await self._prompting.play(leg_id, prompt)
            case PlayRinging(leg_id=leg_id):
                await self._media.play_ringing(leg_id)
            case PlayMusic(leg_id=leg_id, territory=territory):
                self._prompting.drop(leg_id)
                await self._media.play_music(leg_id, territory)
            case StopMusic(leg_id=leg_id):
                self._prompting.drop(leg_id)
                await self._media.stop_music(leg_id)

    async def _signal(self, command: Command) -> None:
        """Carry out what needs no media server."""
        match command:
            case RejectLeg(leg_id=leg_id, sip_status=sip_status):
                self._stack.hang_up(leg_id, sip_status=sip_status)
            case HangUpLeg(leg_id=leg_id):
                self._prompting.drop(leg_id)
                self._reinvites.drop(leg_id)
                self._stack.hang_up(leg_id)
            case AnswerRefer(refer_id=refer_id, accepted=accepted, sip_status=sip_status):
                status = self._around.accept_status if accepted else sip_status
                self._say(ReferAnswered(refer_id=refer_id, sip_status=status))
            case AnswerAsk(question=question, sip_status=sip_status):
                self._say(Answered(question=question, sip_status=sip_status))
            case AskBack(rep=rep):
                self._say(AskingBack(conversation_id=self._around.conversation_id, rep=rep))
            case AskTransfer(rep=rep, dialled=dialled):
                about = self._around.conversation_id
                self._say(AskingTransfer(conversation_id=about, rep=rep, dialled=dialled))
            case SendNotify():
                await self._notify(command)
            case Redescribe(leg_id=leg_id):
                self._reanchoring.tell(leg_id)
            case _:
                raise AssertionError(command)

    async def _notify(self, command: SendNotify) -> None:
        event_id = await self._subscriptions.event_id(command.refer_id)
        if not self._stack.is_up(command.leg_id):
            # He hung up right after our 202, as many phones do (RFC 5589 §6): nobody to tell.
            return
        self._stack.notify(
            command.leg_id,
            refer_id=command.refer_id,
            event_id=event_id,
            sipfrag=sipfrag(command.sip_status),
            # RFC 3515 §3.4: longer than the call it is about may ring.
            expires_s=None if command.final else int(self._around.response_s) + 30,
        )

    async def _place(self, command: PlaceLeg) -> None:
        sdp = await self._media.offer(
            command.leg_id, of=command.offered_from, keep_codecs=command.keep_codecs
        )
        # The edge asks it for the way, and would answer 503 in its place.
        await self.until_node()
        self._stack.place(
            command.leg_id,
            uri=self._around.uri(command.target.user),
            persona=self._around.persona(command.persona),
            headers=self._around.headers(command),
            sdp=sdp,
        )

    async def _alert(self, command: AlertLeg) -> None:
        if command.early_media_from is None:
            self._stack.answer(command.leg_id, _RINGING)
            return
        _of, sdp, _changed = await self._media.accept(command.early_media_from)
        self._stack.answer(command.leg_id, _SESSION_PROGRESS, sdp=sdp)

    async def _answer(self, command: AnswerLeg) -> None:
        _of, sdp, _changed = await self._media.accept(command.answered_by)
        self._stack.answer(command.leg_id, _OK, sdp=sdp)

    async def _join(self, leg_id: LegId, peer: LegId) -> None:
        self._prompting.drop(leg_id)
        sdp = await self._media.join(leg_id, peer)
        if sdp is not None:
            self._reinvites.send(leg_id, sdp)
        else:
            # What one who has left meanwhile would have needed is wanted no more.
            self._reinvites.drop(leg_id)
        self._reanchoring.tell(peer)

    async def _answer_reinvite(self, command: AnswerReinvite) -> None:
        sdp = await self._media.reinvited(command.leg_id, command.peer)
        self._reinvites.answer(command.leg_id, sdp)

    async def _move(self, leg_id: LegId, peer: LegId) -> None:
        if self._media.has_description_of(peer):
            await self._media.answered(leg_id, peer)

    def _give_up(self, command: Command, error: SwitchError) -> None:
        """End the leg that a command failed for, where its call cannot go on without."""
        match command:
            case PlaceLeg(leg_id=leg_id):
                status = error.sip_status if isinstance(error, MediaError) else _SERVER_ERROR
                self._happened(LegEnded(leg_id=leg_id, by_party=False, sip_status=status))
            case AnswerLeg(leg_id=leg_id):
                self._stack.hang_up(leg_id, sip_status=_SERVER_ERROR)
            case JoinLegs(peer=peer):
                self._stack.hang_up(peer)
            case AnswerReinvite(leg_id=leg_id):
                self._stack.refuse_reinvite(leg_id, sip_status=_SERVER_ERROR)
            case PlayPrompt(leg_id=leg_id):
                # A goodbye that cannot be said must end all the same.
                self._happened(PromptEnded(leg_id=leg_id))
            case SendNotify(final=True):
                # Nobody will answer it, and his release waits for the answer.
                self._happened(
                    NotifyAnswered(
                        leg_id=command.leg_id,
                        refer_id=command.refer_id,
                        final=True,
                        sip_status=_SERVER_ERROR,
                    )
                )
