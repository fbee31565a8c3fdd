"""What stands in the parts of a page that change: as HTML, for htmx and for the stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from switch.desk.contacts import Contact
from switch.desk.notes import LONGEST, Note
from switch.desk.search import Search
from switch.desk.web.desk import Desk
from switch.desk.web.looks import Looks, about
from switch.desk.web.players import Player, players_of, starts_of
from switch.desk.web.signing import Visitor
from switch.live.card import Card, cards_of
from switch.live.floor import Floor, floor_of
from switch.live.steps import steps_of
from switch.live.timeline import timeline
from switch.records.of_leg import instant
from switch.threads.view import ThreadView

_RECENT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Makes the parts of a rep's page."""

    desk: Desk
    looks: Looks

    # ------------------------------------------------------------ his calls

    async def calls(self, visitor: Visitor) -> str:
        """Return his calls, and what he can do with them."""
        cards = cards_of(self.desk.board, visitor.rep, self.desk.now())
        contacts = await self.desk.contacts.find_all([card.other.number for card in cards])
        return self.looks.render(
            "calls.html",
            cards=cards,
            contacts=contacts,
            visitor=visitor,
            now=instant(self.desk.now()),
            is_up=self.desk.board.is_up and self.desk.is_connected(),
        )

    def focus(self, visitor: Visitor) -> Card | None:
        """Return the call that the page is about: what stands first."""
        cards = cards_of(self.desk.board, visitor.rep, self.desk.now())
        return cards[0] if cards else None

    async def notes(self, visitor: Visitor) -> str:
        """Return where he writes of this call, with what the others have written."""
        card = self.focus(visitor)
        if card is None:
            return self.looks.render("no_notes.html")
        return await self.notes_of(visitor, card.conversation_id)

    async def notes_of(self, visitor: Visitor, conversation_id: str) -> str:
        """Return where he writes of a conversation, with what the others have written."""
        notes = await self._notes(conversation_id)
        own = next((note for note in notes if note.author == visitor.rep), None)
        return self.looks.render(
            "notes.html",
            conversation_id=conversation_id,
            own=own,
            others=[note for note in notes if note.author != visitor.rep],
            dispositions=self.desk.config.desk.dispositions,
            longest=LONGEST,
        )

    async def others(self, visitor: Visitor) -> str:
        """Return what the others have written of this call."""
        card = self.focus(visitor)
        if card is None:
            return self.looks.render("others.html", others=[])
        return await self.others_of(visitor, card.conversation_id)

    async def others_of(
        self, visitor: Visitor, conversation_id: str, *, alone: bool = False
    ) -> str:
        """Return what the others have written of a conversation.

        ``alone``: it says so if they have written nothing, for nothing else stands there.
        """
        notes = await self._notes(conversation_id)
        others = [note for note in notes if note.author != visitor.rep]
        return self.looks.render("others.html", others=others, alone=alone)

    async def _notes(self, conversation_id: str) -> list[Note]:
        return await asyncio.to_thread(self.desk.store.notes, [conversation_id])

    def you(self, visitor: Visitor) -> str:
        """Return whether he is there for his territories, and what he can say of that."""
        board, rep = self.desk.board, visitor.rep
        return self.looks.render(
            "you.html",
            state=board.state(rep),
            is_away=board.is_away(rep),
            until_at=board.wraps_up_until_at(rep),
            now=instant(self.desk.now()),
        )

    # ------------------------------------------------------------ everybody

    def people(self, reps: Iterable[str]) -> str:
        """Return what these reps do now, and how many of their territories are available."""
        board, reps = self.desk.board, set(reps)
        pieces = [
            self.looks.piece("state.html", rep, board.state(rep))
            for rep in board.reps
            if rep in reps
        ]
        pieces += [
            self.looks.piece("available.html", name, board.available(members))
            for name, members in self.desk.members.items()
            if reps & set(members)
        ]
        return "".join(pieces)

    def floor(self) -> Floor:
        """Return all that goes on."""
        return floor_of(self.desk.board, self.desk.members)

    async def floor_window(self) -> str:
        """Return what a supervisor sees."""
        floor = self.floor()
        contacts = await self.desk.contacts.find_all([call.contact for call in floor.calls])
        return self.looks.render(
            "floor_window.html",
            floor=floor,
            contacts=contacts,
            now=instant(self.desk.now()),
        )

    # ------------------------------------------------------------ conversations

    async def thread(self, visitor: Visitor, thread: ThreadView) -> str:
        """Return who talked in a conversation and when, with its heading."""
        contact = await self.desk.contacts.find(thread.contact)
        players = await players_of(self.desk, visitor, thread)
        return self.looks.render(
            "thread.html",
            heading=self.heading(thread, contact),
            thread=thread,
            contact=contact,
            line=timeline(thread, instant(self.desk.now())),
            steps=steps_of(thread),
            players=players,
            starts=starts_of(players),
        )

    def heading(self, thread: ThreadView, contact: Contact | None) -> str:
        """Return what a conversation is called."""
        who = about(thread, contact, self.desk.config.switch.country)
        heading = {"inbound": f"Call from {who}", "outbound": f"Call to {who}"}
        return heading.get(thread.direction, "Call between reps")

    def players(self, thread: ThreadView, players: Sequence[Player]) -> str:
        """Return where a conversation is listened to."""
        return self.looks.render("players.html", thread=thread, players=players)

    async def recent(self, visitor: Visitor) -> str:
        """Return his last conversations."""
        search = Search(who=("rep", visitor.rep))
        threads = await asyncio.to_thread(self.desk.store.search, search, limit=_RECENT)
        return self.looks.render(
            "recent.html", threads=threads, contacts=await self.contacts(threads)
        )

    async def contacts(self, threads: Sequence[ThreadView]) -> dict[str, Contact]:
        """Return who the customers of these conversations are."""
        return await self.desk.contacts.find_all([thread.contact for thread in threads])
