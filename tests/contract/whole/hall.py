"""A whole switch for calls that many make at once: each customer has a number of his own."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dialplan import Did, Territory
from switch.config import (
    Config,
    RecallSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
)
from switch.demo.ports import take_port
from switch.desk.store import open_store
from switch.run.supervisor import Supervisor
from switch.threads.view import ThreadView
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import DOMAIN, HOST, SDP, Message, Ua
from tests.contract.whole.party import ALICES, REPS
from tests.contract.whole.switch import password_of, whole_switch

_LOOKS_EVERY_S = 0.05


@dataclass(slots=True, kw_only=True)
class Talk:
    """Is a customer who talks with alice."""

    number: str
    customer: Call
    alice: Call

    @property
    def finals(self) -> list[int]:
        """What alice's phone was told last of each of her transfers."""
        return [
            int(told[1])
            for notify in self.alice.came("NOTIFY")
            if is_final(notify) and (told := re.match(r"SIP/2\.0 (\d{3})", notify.body))
        ]

    def refer(self, extension: str) -> None:
        """Let alice press the transfer key; what she is answered is not waited for."""
        assert self.alice.dialog is not None
        refer_to = [("Refer-To", f"<sip:{extension}@{DOMAIN}>")]
        self.alice.phone.ua.within(self.alice.dialog, "REFER", extra=refer_to)

    async def told(self) -> int:
        """Return what alice is told in the end of her only transfer."""
        await self.alice.until(lambda: bool(self.finals))
        (final,) = self.finals
        return final


@dataclass(slots=True, kw_only=True)
class Hall:
    """A switch that runs, a phone for each rep, and a trunk that customers call through."""

    config: Config
    supervisor: Supervisor
    phones: dict[str, Phone]
    trunk: Phone
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))

    async def talk(self, *, customer_sdp: str = SDP, alice_sdp: str = SDP) -> Talk:
        """Let a customer call alice, who answers."""
        number = f"+1480556{next(self._numbers)}"
        sender = f"<sip:{number}@{HOST}>"
        calling = asyncio.create_task(
            self.trunk.call(f"sip:{ALICES}@{DOMAIN}", sender, body=customer_sdp)
        )
        answered = await self.phones["alice"].rung()
        answered.answer(alice_sdp)
        return Talk(number=number, customer=await calling, alice=answered)

    async def thread(self, talk: Talk) -> ThreadView:
        """Return what became of a customer's call, once it is over."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.closing(open_store(self.config.store_url)) as store:
                    found = store.newest(limit=2, contact=talk.number)
                if found and found[0].ended_at is not None:
                    (thread,) = found
                    return thread
                await asyncio.sleep(_LOOKS_EVERY_S)


def shown(call: Call) -> str:
    """Return the number that a phone shows."""
    found = re.search(r"sip:([^@>]+)@", call.invite.get("From"))
    assert found is not None
    return found[1]


def is_final(notify: Message) -> bool:
    """Tell whether a NOTIFY is the last of its transfer."""
    return "terminated" in notify.get("Subscription-State")


@asynccontextmanager
async def hall(
    folder: Path,
    *,
    response_s: float = 300,
    recall: RecallSettings | None = None,
    silent_s: float | None = None,
    music: Path | None = None,
    public_address: str | None = None,
) -> AsyncIterator[Hall]:
    """Start such a switch, and stop it whatever happens."""

    def changed(config: Config) -> Config:
        return dataclasses.replace(
            config,
            edge=dataclasses.replace(config.edge, public_address=public_address),
            media=dataclasses.replace(
                config.media, silent_s=silent_s, public_address=public_address
            ),
            recall=recall or RecallSettings(ring_s=300, retries=0),
            transfer=TransferSettings(response_timeout_s=ResponseTimes.of(response_s)),
        )

    async with AsyncExitStack() as stack:
        programs = await stack.enter_async_context(
            whole_switch(
                folder,
                territories=[
                    Territory(
                        name="seattle",
                        extension="801",
                        members=("saul", "bob"),
                        music=None if music is None else str(music),
                    )
                ],
                dids=[Did(number=ALICES, rep="alice")],
                workers=WorkerSettings(warm=4, most=24),
                changed=changed,
            )
        )
        config = programs.config
        edge, trunk = config.edge.sip_port, config.dialplan.trunks[0].port or 0
        phones = {"": Phone(await Ua.open(edge, port=trunk))}
        stack.push_async_callback(phones[""].close)
        for rep in REPS:
            ua = await Ua.open(edge, port=take_port(HOST))
            registered = await ua.register(rep, password_of(rep), expires=3600)
            assert registered.status == 200
            phones[rep] = Phone(ua)
            stack.push_async_callback(phones[rep].close)
        trunk_phone = phones.pop("")
        yield Hall(config=config, supervisor=programs.supervisor, phones=phones, trunk=trunk_phone)
