"""A performer of commands and all that it touches; and how things stand when a test begins."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from switch.call.commands import (
    AnswerLeg,
    Command,
    MuteLeg,
    PlaceLeg,
    PlayMusic,
)
from switch.call.events import LegEvent
from switch.call.ids import ConversationId, LegId
from switch.call.roster import Part
from switch.call.target import Party, Target
from switch.errors import SwitchError
from switch.wire.nursery import Prompts
from switch.wire.worker import FromWorker
from switch.worker.media import Media
from switch.worker.perform import Performer
from switch.worker.subscription import Subscriptions
from switch.worker.surroundings import Surroundings
from tests.contract.media.phones import sdp_of
from tests.worker.fakes import FakeMediaServer, FakeStack

CUSTOMER, ALICE, SAUL = LegId("customer"), LegId("alice"), LegId("saul")
ANN = Party(role="customer", number="+14805550123", name="Ann Lee")


@dataclass(slots=True)
class Scene:
    """A performer and all that it touches."""

    server: FakeMediaServer = field(default_factory=FakeMediaServer)
    stack: FakeStack = field(default_factory=FakeStack)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    said: list[FromWorker] = field(default_factory=list)
    events: list[LegEvent] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    standing: dict[LegId, Part] = field(default_factory=dict)
    """Which legs stand, as far as a test asks."""
    endings: list[str] = field(default_factory=list)
    accept_status: int = 202
    alert_info: str = ""
    call_info: str = ""
    node_is_here: asyncio.Event = field(default_factory=asyncio.Event)
    media: Media = field(init=False)
    performer: Performer = field(init=False)

    def __post_init__(self) -> None:
        self.node_is_here.set()
        self.media = Media(
            self.server,
            conversation_id=ConversationId("c1"),
            address="127.0.0.1",
            codecs=("PCMU", "PCMA"),
            music="/music.wav",
            prompts=Prompts(
                menu="/menu.wav", wrong="/wrong.wav", goodbye="/goodbye.wav", ringing="/ringing.wav"
            ),
        )

        self.performer = Performer(
            self.stack,
            self.media,
            Surroundings(
                domain="switch.test",
                conversation_id="c1",
                accept_status=self.accept_status,
                response_s=20,
                alert_info=self.alert_info,
                call_info=self.call_info,
            ),
            say=self.said.append,
            subscriptions=self.subscriptions,
            happened=self.events.append,
            noticed=self._notice,
            legs=self,
        )
        self.performer.until_node = self._until_node

    def parts(self) -> dict[LegId, Part]:
        return self.standing

    def without_media(self) -> None:
        self.endings.append("media_lost")

    async def _until_node(self) -> None:
        await self.node_is_here.wait()

    async def perform(self, *commands: Command) -> None:
        for command in commands:
            await self.performer.perform(command)

    def _notice(self, command: str, error: SwitchError) -> None:
        self.notices.append((command, str(error)))

    @property
    def last(self) -> tuple[str, LegId, dict[str, Any]]:
        return self.stack.done[-1]


def place(leg_id: LegId = ALICE, **changed: Any) -> PlaceLeg:
    usual: dict[str, Any] = {
        "leg_id": leg_id,
        "target": Target(user=str(leg_id), kind="rep", rep=str(leg_id)),
        "persona": ANN,
        "offered_from": CUSTOMER,
        "keep_codecs": False,
    }
    return PlaceLeg(**(usual | changed))


async def talking() -> Scene:
    """Return a scene in which customer and alice talk."""
    scene = Scene()
    scene.media.told_by(CUSTOMER, sdp_of(4000))
    await scene.perform(place())
    scene.media.told_by(ALICE, sdp_of(4002))
    await scene.perform(AnswerLeg(leg_id=CUSTOMER, answered_by=ALICE))
    scene.stack.done.clear()
    scene.server.asked.clear()
    return scene


async def chooser() -> Scene:
    """Return a scene in which the customer waits and alice has answered a call back."""
    scene = await talking()
    await scene.perform(
        MuteLeg(leg_id=CUSTOMER), PlayMusic(leg_id=CUSTOMER), place(SAUL, keep_codecs=True)
    )
    scene.media.told_by(SAUL, sdp_of(4004))
    scene.stack.done.clear()
    scene.server.asked.clear()
    return scene
