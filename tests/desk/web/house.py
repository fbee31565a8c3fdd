"""A desk with its store and its board, and a switch that answers as a test says."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from dialplan import Dialplan, Did, Rep, Territory, Trunk
from switch.config import Config, DeskSettings, RecordingSettings, SwitchSettings
from switch.desk.contacts import Contacts
from switch.desk.people import People
from switch.desk.store import Store, make_store, open_store
from switch.desk.web.app import make_app
from switch.desk.web.desk import Desk
from switch.desk.web.hub import Hub
from switch.desk.web.signing import COOKIE, signed
from switch.live.board import Board
from switch.records.commands import Answer, Command, conversation_of
from switch.records.leg import LegRecord

PASSWORD = "correct horse battery"
ID = "conversation-1"
REPS = ("alice", "saul", "bob")
AS_IT_COMES = RecordingSettings()


@dataclass
class Switch:
    """Answers commands as a test says, and remembers them."""

    answers: list[Answer | Exception] = field(default_factory=list)
    asked: list[Command] = field(default_factory=list)

    async def ask(self, command: Command) -> Answer:
        self.asked.append(command)
        answer = self.answers.pop(0) if self.answers else Answer(status=200)
        if isinstance(answer, Exception):
            raise answer
        return replace_conversation(answer, command)


def replace_conversation(answer: Answer, command: Command) -> Answer:
    conversation = conversation_of(command) or ID
    return Answer(status=answer.status, problem=answer.problem, conversation=conversation)


@dataclass
class House:
    """Is all of it."""

    desk: Desk
    app: Litestar
    switch: Switch
    store: Store

    @property
    def board(self) -> Board:
        return self.desk.board

    def knows(self, *records: LegRecord) -> None:
        """Have these records come: to the store and to the board."""
        self.store.add(records)
        for record in records:
            self.desk.hub.tell(self.board.take_leg(record))

    def client(self) -> TestClient[Litestar]:
        client = TestClient(self.app, raise_server_exceptions=False)
        client.follow_redirects = False
        return client

    def signed_in(self, rep: str = "alice") -> TestClient[Litestar]:
        """Return a browser in which a rep has signed in, and that sends his CSRF token along."""
        client = self.client()
        token = csrf_in(client.get("/sign-in"))
        stamp = self.desk.people.stamp(rep)
        assert stamp is not None
        client.cookies.set(COOKIE, signed(self.desk, rep, stamp))
        client.headers["x-csrftoken"] = token
        client.headers["HX-Request"] = "true"
        return client

    def with_token(self, *scopes: str, name: str = "crm") -> TestClient[Litestar]:
        """Return a program that has a token."""
        client = self.client()
        token = self.desk.people.make_token(name, scopes)
        client.headers["Authorization"] = f"Bearer {token}"
        return client


def csrf_in(answer: httpx.Response) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


async def jane(number: str) -> dict[str, str]:
    """Know one customer, and one whose name is not to be trusted."""
    if number == "+14805550123":
        return {"name": "Jane <Doe>", "company": "Acme & Sons", "link": "https://crm.test/1"}
    return {"name": '"><script>alert(1)</script>', "link": "javascript:alert(1)"}


@cache
def _made_before() -> Path:
    """Return a folder with passwords and an empty store: both take their time."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    make_store(folder / "threads.sqlite").close()
    for rep in (*REPS, "dana"):
        People(folder / "desk.sqlite").set_password(rep, PASSWORD)
    return folder


def make_house(
    folder: Path, *, recording: RecordingSettings = AS_IT_COMES, **desk: object
) -> House:
    plan = Dialplan(
        reps=tuple(
            Rep(name=name, extension=str(101 + place), display_name=name.title())
            for place, name in enumerate((*REPS, "dana"))
        ),
        territories=(Territory(name="seattle", extension="801", members=("saul", "bob")),),
        dids=(Did(number="+14805550100", rep="alice"),),
        trunks=(Trunk(name="pstn", address="127.0.0.2"),),
        country="US",
    )
    settings = replace(DeskSettings(supervisors=("dana",)), **desk)  # type: ignore[arg-type]
    config = Config(
        switch=SwitchSettings(data_dir=folder),
        desk=settings,
        dialplan=plan,
        recording=recording,
    )
    folder.mkdir(exist_ok=True)
    for file in _made_before().iterdir():
        shutil.copy(file, folder)
    store = open_store(folder / "threads.sqlite")
    people = People(config.desk_path)
    board = Board(reps=tuple(rep.name for rep in plan.reps))
    board.take_status("node1", is_up=True)
    switch = Switch()
    made = Desk(
        config=config,
        store=store,
        people=people,
        hub=Hub(board),
        contacts=Contacts([jane], timeout_s=1, keep_s=60),
        ask=switch.ask,
        clock=lambda: 1000.0,
    )
    return House(desk=made, app=make_app(made), switch=switch, store=store)
