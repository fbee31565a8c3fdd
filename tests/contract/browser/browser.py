"""A phone that is a page in Debian's Chromium, with JsSIP as its SIP stack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright

PATIENCE_S = 30.0
"""Only a hang breaks it."""
_HERE = Path(__file__).parent
_FILES = {
    "phone.html": _HERE / "phone.html",
    "jssip.min.js": _HERE / "jssip" / "jssip.min.js",
}
_OFF = (
    # It would name its host's addresses by mDNS, which only others of its kind resolve.
    "WebRtcHideLocalIpsWithMdns",
    # Our page comes from no address, so that the loopback would be closed to it.
    "LocalNetworkAccessChecks",
    "LocalNetworkAccessChecksWebSockets",
    "LocalNetworkAccessChecksWebRTC",
)
_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Those of the tests are signed by nobody.
    "--ignore-certificate-errors",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    f"--disable-features={','.join(_OFF)}",
    # Among them the loopback's, which it would leave out.
    "--allow-loopback-in-peer-connection",
]
_TOLERANCE_HZ = 12.0


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Yield Debian's browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=_ARGS, timeout=60_000
        )
        yield browser
        await browser.close()


class BrowserPhone:
    """One such page."""

    def __init__(self, page: Page, *, name: str, tone_hz: int) -> None:
        self.page = page
        self.name = name
        self.tone_hz = tone_hz
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    @property
    def tone(self) -> str:
        """What the others hear of it."""
        return f"{self.tone_hz} Hz"

    @classmethod
    async def open(cls, browser: Browser, *, name: str, tone_hz: int) -> BrowserPhone:
        """Open the page; nothing of it comes from a network."""
        page = await browser.new_page()
        await page.route("http://localhost/*", _serve)
        await page.goto("http://localhost/phone.html")
        return cls(page, name=name, tone_hz=tone_hz)

    async def registers(self, socket: str, *, password: str) -> None:
        """Connect to a WebSocket and register."""
        told = [socket, self.name, password, self.tone_hz]
        async with asyncio.timeout(PATIENCE_S):
            await self.page.evaluate("told => phone.start(...told)", told)

    async def does(self, what: str, *arguments: str) -> Any:
        """Call a function of the page's phone."""
        return await self.page.evaluate(
            "([what, given]) => phone[what](...given)", [what, list(arguments)]
        )

    async def knows(self, what: str) -> Any:
        """Return a value of the page's phone."""
        return await self.page.evaluate("what => phone[what]", what)

    async def until(self, what: str) -> None:
        """Return when a function of the page's phone says yes."""
        await self._until(lambda: self.does(what), what)

    async def rings(self, times: int = 1) -> None:
        """Return when it has rung so often."""

        async def rung() -> bool:
            return int(await self.knows("rung")) >= times

        await self._until(rung, f"it rings the {times}. time")

    async def moves_from(self, address: str) -> None:
        """Return when its audio comes from elsewhere, and goes on coming."""
        first: dict[str, Any] = {}

        async def moved() -> bool:
            stats = await self.does("stats")
            if stats["address"] == address or stats["dtls"] != "connected":
                return False
            known = first.setdefault(stats["address"], stats["packets"])
            return bool(stats["packets"] > known)

        await self._until(moved, f"its audio comes from elsewhere than {address}")

    async def hears(self, tone_hz: int) -> None:
        """Return when the loudest that it hears is this tone; 0 is silence."""

        async def heard() -> bool:
            return abs(float(await self.does("hears")) - tone_hz) <= _TOLERANCE_HZ

        await self._until(heard, f"it hears {tone_hz} Hz")

    async def _until(self, is_so: Any, what: str) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not await is_so():
            if time.monotonic() > deadline_s:
                heard = await self.does("hears")
                said = await self.knows("failed")
                raise TimeoutError(f"{what}; hears {heard} Hz; {said}; {self.console[-5:]}")
            await asyncio.sleep(0.1)


async def _serve(route: Route) -> None:
    name = route.request.url.rpartition("/")[2]
    if name in _FILES:
        await route.fulfill(path=_FILES[name])
    else:
        await route.fulfill(status=404)
