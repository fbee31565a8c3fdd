"""A whole switch with phones that a test plays on, and browsers to look at its desk."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psutil
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from dialplan import Did, Rep, Territory, Trunk
from switch.config import (
    Config,
    ContactSettings,
    RecallSettings,
    ResponseTimes,
    TransferSettings,
    WorkerSettings,
    embedded,
    write,
)
from switch.demo.ports import held_ports, take_port
from switch.desk.people import People
from switch.edge import credentials
from switch.run.plans import credentials_file
from switch.run.supervisor import Supervisor
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import HOST, Ua

PASSWORD = "correct horse battery"
ALICES = "+14805550100"
SEATTLES = "+14805550101"
SHOTS = Path("var/desk")
REPS = {
    "alice": "Alice Moreno",
    "saul": "Saul Berger",
    "bob": "Bob Tanaka",
    "carol": "Carol Osei",
    "dana": "Dana Kowalski",
}
WRAP_UP_S = 3000.0
"""Carol's, after a call; no test waits for its end."""
RECALL = RecallSettings(retries=0, ring_s=120, wait_s=120, fallback=("arizona",))
_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CUSTOMERS = itertools.count(10)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Yield Debian's browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=_ARGS, timeout=60_000
        )
        yield browser
        await browser.close()


class Place:
    """A switch that runs, a phone for each rep, a trunk, and a browser."""

    def __init__(self, config: Config, folder: Path, browser: Browser) -> None:
        self.config = config
        self.folder = folder
        self.browser = browser
        self.phones: dict[str, Phone] = {}
        self.pages: list[Page] = []
        self.trunk: Phone
        self.supervisor: Supervisor

    @property
    def url(self) -> str:
        return f"http://{self.config.desk.http_address}:{self.config.desk.http_port}"

    async def open(self, stack: AsyncExitStack) -> None:
        port = self.config.edge.sip_port
        self.trunk = Phone(await Ua.open(port, port=self.config.dialplan.trunks[0].port or 0))
        stack.push_async_callback(self.trunk.close)
        for rep in list(REPS)[:-1]:
            ua = await Ua.open(port, port=take_port(HOST))
            registered = await ua.register(rep, f"secret-{rep}", expires=3600)
            assert registered.status == 200
            self.phones[rep] = Phone(ua)
            stack.push_async_callback(self.phones[rep].close)

    async def customer_calls(self, did: str = ALICES, name: str = "") -> asyncio.Task[Call]:
        """Let a customer call; returns his call once somebody has answered it."""
        contact = f"+148055502{next(_CUSTOMERS)}"
        sender = f'"{name}" <sip:{contact}@{HOST}>' if name else f"<sip:{contact}@{HOST}>"
        return asyncio.create_task(self.trunk.call(f"sip:{did}@switch.test", sender), name=contact)

    async def talk(self, rep: str = "alice", name: str = "") -> tuple[Call, Call, str]:
        """Let a customer talk with alice; returns his call, hers, and his number."""
        calling = await self.customer_calls(name=name)
        hers = await self.phones[rep].rung()
        hers.answer()
        return await calling, hers, calling.get_name()

    async def sign_in(self, rep: str, **options: object) -> Page:
        """Sign in as a rep, in a browser of his own."""
        page = await sign_in(self.browser, self.url, rep, **options)
        self.pages.append(page)
        return page

    async def kill_desk(self) -> None:
        """Kill the desk's process; the supervisor starts it anew, and this does not wait for it."""
        marks = ("switch.desk", str(self.folder))
        for one in psutil.Process().children(recursive=True):
            command = " ".join(one.cmdline())
            if all(mark in command for mark in marks):
                one.kill()


async def sign_in(browser: Browser, url: str, rep: str, **options: object) -> Page:
    """Sign in as a rep, in a browser of his own."""
    context: BrowserContext = await browser.new_context(
        **{"viewport": {"width": 1180, "height": 860}, **options}  # type: ignore[arg-type]
    )
    context.set_default_timeout(1000 * PATIENCE_S)
    page = await context.new_page()
    await page.goto(f"{url}/")
    await page.get_by_label("Name").fill(rep)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    return page


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of a page."""
    await page.screenshot(path=SHOTS / f"{name}.png")


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Yield a place of its own."""
    expect.set_options(timeout=1000 * PATIENCE_S)
    async with AsyncExitStack() as stack:
        config = _config(stack, folder)
        path = write(config, folder / "config")
        credentials.create(credentials_file(config))
        people = People(config.desk_path)
        for rep in REPS:
            secret = f"secret-{rep}"
            credentials.set_password(credentials_file(config), rep, config.switch.domain, secret)
            await asyncio.to_thread(people.set_password, rep, PASSWORD)
        supervisor = Supervisor(config, path, quiet=True)
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        browser = await stack.enter_async_context(chromium())
        made = Place(config, folder, browser)
        made.supervisor = supervisor
        await made.open(stack)
        await until_there(config.desk.http_address, config.desk.http_port)
        yield made


async def until_there(host: str, port: int) -> None:
    """Return when somebody listens there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _reader, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _config(stack: AsyncExitStack, folder: Path) -> Config:
    contacts = folder / "contacts.csv"
    contacts.write_text(
        "number,name,company,link\n"
        "+14805550299,Jane Doe,Acme Inc.,https://crm.example/jane\n"
        '+14805550298,"<script>alert(1)</script>","<b>bold</b>",javascript:alert(1)\n'
    )
    config = embedded(
        folder,
        ports=stack.enter_context(held_ports()),
        reps=[
            Rep(
                name=name,
                extension=str(101 + place),
                display_name=shown,
                wrap_up_s=WRAP_UP_S if name == "carol" else None,
            )
            for place, (name, shown) in enumerate(REPS.items())
        ],
        territories=[
            Territory(
                name="seattle",
                extension="801",
                display_name="Seattle",
                members=("saul", "bob", "carol"),
                ring_s=120,
            ),
            Territory(
                name="arizona",
                extension="802",
                display_name="Arizona",
                members=("alice", "bob"),
                ring_s=120,
            ),
        ],
        dids=[Did(number=ALICES, rep="alice"), Did(number=SEATTLES, territory="seattle")],
        trunks=[Trunk(name="pstn", address=HOST, port=take_port(HOST))],
        workers=WorkerSettings(warm=2, most=8),
    )
    return dataclasses.replace(
        config,
        recall=RECALL,
        transfer=TransferSettings(response_timeout_s=ResponseTimes.of(300)),
        contacts=ContactSettings(file=contacts),
        desk=dataclasses.replace(config.desk, supervisors=("dana",)),
    )
