"""The board, and whoever is to be told when something on it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from switch.live.board import Board, News
from switch.threads.view import ThreadView

_GATHERED_S: Final = 0.02
"""What happens within this time is told in one: one event on the bus seldom comes alone."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Waiting:
    """Is somebody who waits for news."""

    notes: bool = True
    """Whether somebody wrote into a conversation that it shows."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Have it told of what is new."""
        self._woken.set()

    async def news(self, within_s: float) -> bool:
        """Return once there is news, and what belongs to it; False: there is none."""
        try:
            await asyncio.wait_for(self._woken.wait(), within_s)
        except TimeoutError:
            return False
        await asyncio.sleep(_GATHERED_S)
        self._woken.clear()
        return True


@dataclass(slots=True, eq=False, kw_only=True)
class Follower(_Waiting):
    """Is an open page of one conversation."""

    conversation_id: str
    known: ThreadView | None
    """The conversation as it was when the page was woken last."""


@dataclass(slots=True, eq=False, kw_only=True)
class Page(_Waiting):
    """Is an open page: what it has not been told yet."""

    rep: str
    sees_floor: bool
    reps: set[str] = field(default_factory=set)
    """Whose state changed."""
    calls: bool = True
    """Whether a call of his changed."""
    floor: bool = True
    """Whether anything on the floor changed."""


class Hub:
    """Knows the board and the open pages."""

    def __init__(self, board: Board) -> None:
        """Keep the board."""
        self.board = board
        self._pages: set[Page] = set()
        self._followers: set[Follower] = set()
        self.version = 0
        """Goes up with each change of anything."""

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._pages) + len(self._followers)

    def tell(self, news: News) -> None:
        """Tell the pages that it concerns."""
        self.version += 1
        for page in self._pages:
            page.reps |= news.reps
            page.calls |= page.rep in news.calls_of
            page.floor |= news.floor or bool(news.reps)
            if news.reps or page.calls or (page.floor and page.sees_floor):
                page.wake()
        for follower in self._followers:
            now = self.board.thread(follower.conversation_id)
            if now is not follower.known:
                follower.known = now
                follower.wake()

    def tell_notes(self, conversation_id: str) -> None:
        """Tell a conversation's page, and those of its reps, that a note in it has changed."""
        for follower in self._followers:
            if follower.conversation_id == conversation_id:
                follower.notes = True
                follower.wake()
        for page in self._pages:
            if self.board.concerns(page.rep, conversation_id):
                page.notes = True
                page.wake()

    @contextlib.contextmanager
    def page(self, rep: str, *, sees_floor: bool) -> Iterator[Page]:
        """Yield an open page, which is to be told everything first."""
        page = Page(rep=rep, sees_floor=sees_floor, reps=set(self.board.reps))
        page.wake()
        self._pages.add(page)
        try:
            yield page
        finally:
            self._pages.discard(page)

    @contextlib.contextmanager
    def follower(self, conversation_id: str) -> Iterator[Follower]:
        """Yield an open page of a conversation, which is to be told everything first."""
        known = self.board.thread(conversation_id)
        follower = Follower(conversation_id=conversation_id, known=known)
        follower.wake()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
