"""``make bench-desk``: how soon a page is there, and how soon a page shows what happened.

A desk as it runs (its own process, a broker of its own), 200 reps, 50 live conversations, and as
many stored ones as wanted; 200 pages are open and told of ten changes a second meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import httpx

from dialplan import Rep, Territory
from switch.config import Config, embedded, write
from switch.demo.ports import held_ports
from switch.desk.asker import Bus
from switch.desk.people import People
from switch.desk.store import make_store
from switch.records import codec, topics
from switch.records.codec import PresenceData
from switch.records.leg import LegRecord
from switch.records.of_leg import instant
from switch.run import broker

REPS = [f"rep{number:03}" for number in range(200)]
CITIES = [f"city{number:02}" for number in range(20)]
CONTACTS = 50_000
LIVE = 50
PAGES = 200
LOOKS = 60
EVENTS = 100
EVENTS_PER_S = 10
PASSWORD = "correct horse"
_BATCH = 20_000
_RESULT = Path("var/bench/desk.json")


def number(place: int) -> str:
    return f"+1480{2_000_000 + place:07}"


def legs(place: int, at: str, *, live: bool = False) -> list[LegRecord]:
    """Return the two legs of a conversation."""
    base = {
        "conversation_id": f"c{place:08}",
        "direction": "inbound",
        "why": "call",
        "revision": 3,
        "state": "answered" if live else "ended",
        "offered_at": at,
        "answered_at": at,
        "ended_at": None if live else at,
        "end_reason": None if live else "completed",
    }
    customer = {
        "leg_id": f"l{place}.0",
        "role": "customer",
        "number": number(place % CONTACTS),
        "name": "Customer",
        "side": "caller",
    }
    rep = {
        "leg_id": f"l{place}.1",
        "role": "rep",
        "rep": REPS[place % len(REPS)],
        "territory": CITIES[place % len(CITIES)],
        "from_leg": f"l{place}.0",
        "side": "callee",
    }
    return [LegRecord(**base, **one) for one in (customer, rep)]  # type: ignore[arg-type]


def fill(path: Path, count: int) -> None:
    """Write so many conversations into a store, faster than a desk would."""
    make_store(path).close()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    step = timedelta(days=300) / count
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for batch in _batches(count):
            threads, records, parts = [], [], []
            for place in batch:
                at = instant((start + place * step).timestamp())
                one, two = legs(place, at)
                threads.append((one.conversation_id, one.number, "inbound", at, at))
                for leg in (one, two):
                    text = _json(leg)
                    records.append((leg.conversation_id, leg.leg_id, leg.revision, text))
                parts.append((one.conversation_id, "rep", two.rep, at))
                parts.append((one.conversation_id, "territory", two.territory, at))
            with file:
                file.executemany(
                    "INSERT INTO thread (conversation_id, contact, direction, started_at, ended_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    threads,
                )
                file.executemany("INSERT INTO leg_record VALUES (?, ?, ?, ?)", records)
                file.executemany("INSERT INTO part VALUES (?, ?, ?, ?)", parts)


def _batches(count: int) -> list[range]:
    return [range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]


def _json(leg: LegRecord) -> str:
    kept = {name: getattr(leg, name) for name in leg.__struct_fields__}
    return json.dumps({name: value for name, value in kept.items() if value not in {None, ()}})


@contextlib.asynccontextmanager
async def running(config: Config, path: Path) -> AsyncIterator[None]:
    """Run a broker and a desk."""
    bus = config.bus
    file = broker.write(
        broker.BrokerSettings(
            host=bus.host,
            port=bus.port,
            folder=path.parent / "broker",
            username=None,
            password=None,
        )
    )
    quiet = asyncio.subprocess.DEVNULL
    commands = [broker.command(file), [sys.executable, "-m", "switch.desk", "--config", str(path)]]
    children = []
    for command, port in zip(commands, (bus.port, config.desk.http_port), strict=True):
        children.append(await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet))
        await _until_there(port)
    try:
        yield
    finally:
        for child in reversed(children):
            child.terminate()
            await child.wait()


async def _until_there(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


def client(config: Config) -> httpx.AsyncClient:
    url = f"http://127.0.0.1:{config.desk.http_port}"
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(base_url=url, timeout=60, limits=limits)


async def signed_in(config: Config) -> httpx.AsyncClient:
    """Return a browser in which the first rep has signed in."""
    made = client(config)
    page = (await made.get("/sign-in")).text
    token = page.partition('name="_csrf_token" value="')[2].partition('"')[0]
    data = {"rep": REPS[0], "password": PASSWORD, "_csrf_token": token}
    assert (await made.post("/sign-in", data=data)).status_code == 303
    return made


async def watch(browser: httpx.AsyncClient, seen: asyncio.Queue[tuple[str, float]]) -> None:
    """Be an open page: tell when it was told what."""
    async with browser.stream("GET", "/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                seen.put_nowait((line, time.perf_counter()))


async def measure_events(config: Config, browser: httpx.AsyncClient) -> list[float]:
    """Return how long after it was published a change was told, to 200 open pages."""
    queues: list[asyncio.Queue[tuple[str, float]]] = [asyncio.Queue() for _ in range(PAGES)]
    pages = [asyncio.create_task(watch(browser, queue)) for queue in queues]
    await asyncio.gather(*(queue.get() for queue in queues))
    await asyncio.sleep(2)
    took: list[float] = []
    bus = Bus(host=config.bus.host, port=config.bus.port)
    async with aiomqtt.Client(bus.host, bus.port, protocol=aiomqtt.ProtocolVersion.V5) as mqtt:
        for place in range(EVENTS):
            for queue in queues:
                while not queue.empty():
                    queue.get_nowait()
            rep, state = REPS[1 + place % 50], ("on_call", "available")[place // 50 % 2]
            payload = codec.encode_presence(
                PresenceData(rep=rep, state=state), node="node1", at=instant(time.time())
            )
            began = time.perf_counter()
            await mqtt.publish(topics.presence(rep), payload, qos=1, retain=True)
            told = await asyncio.gather(*(_told(queue, rep) for queue in queues))
            took += [at - began for at in told]
            await asyncio.sleep(max(0.0, 1 / EVENTS_PER_S - (time.perf_counter() - began)))
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    return took


async def _told(queue: asyncio.Queue[tuple[str, float]], rep: str) -> float:
    async with asyncio.timeout(30):
        while True:
            line, at = await queue.get()
            if f'data-state="{rep}"' in line:
                return at


async def measure_pages(browser: httpx.AsyncClient, count: int) -> dict[str, list[float]]:
    """Return how long each page took, each time of another rep, contact or place."""
    took: dict[str, list[float]] = {}
    chance = random.Random(7)
    for _ in range(LOOKS):
        place = chance.randrange(count)
        at = instant(
            (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=300) * place / count).timestamp()
        )
        paths = {
            "rep's page": "/",
            "all conversations": "/conversations",
            "far back": f"/conversations?before={at}~c{place:08}",
            "of a rep": f"/conversations?rep={chance.choice(REPS)}",
            "of a territory, far back": f"/conversations?territory={chance.choice(CITIES)}"
            f"&before={at}~c{place:08}",
            "of a contact": f"/contacts/{number(place % CONTACTS).replace('+', '%2B')}",
            "one conversation": f"/conversations/c{place:08}",
        }
        for name, path in paths.items():
            began = time.perf_counter()
            answer = await browser.get(path)
            took.setdefault(name, []).append(time.perf_counter() - began)
            assert answer.status_code == 200, (path, answer.status_code)
    return took


async def main(count: int) -> int:
    """Measure, print a table and write the JSON."""
    with tempfile.TemporaryDirectory() as name, held_ports() as ports:
        folder = Path(name)
        config = embedded(
            folder,
            ports=ports,
            reps=[
                Rep(name=one, extension=str(1000 + place), display_name=one.title())
                for place, one in enumerate(REPS)
            ],
            territories=[
                Territory(name=one, extension=str(2000 + place), members=tuple(REPS[place::20]))
                for place, one in enumerate(CITIES)
            ],
        )
        config = replace(config, desk=replace(config.desk, supervisors=(REPS[0],)))
        path = await asyncio.to_thread(write, config, folder / "config")
        await asyncio.to_thread(People(config.desk_path).set_password, REPS[0], PASSWORD)
        began = time.perf_counter()
        await asyncio.to_thread(fill, folder / "threads.sqlite", count)
        print(f"{count:,} conversations written in {time.perf_counter() - began:.0f} s")
        async with running(config, path):
            await _begin_live_calls(config, count)
            browser = await signed_in(config)
            pages = await measure_pages(browser, count)
            events = await measure_events(config, browser)
            await browser.aclose()
    return _show(count, pages, events)


async def _begin_live_calls(config: Config, count: int) -> None:
    now = instant(time.time())
    node = {"node": "node1", "at": now}
    async with aiomqtt.Client(
        config.bus.host, config.bus.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as mqtt:
        up = codec.encode_status("up", **node)
        await mqtt.publish(topics.status("node1"), up, qos=1, retain=True)
        for place in range(count, count + LIVE):
            for leg in legs(place, now, live=True):
                topic = topics.leg(leg.conversation_id, leg.leg_id)
                await mqtt.publish(topic, codec.encode(leg, **node), qos=1)


def _show(count: int, pages: dict[str, list[float]], events: list[float]) -> int:
    rows = {**pages, f"a change on {PAGES} open pages": events}
    result: dict[str, object] = {"conversations": count}
    print(f"{'':<28} {'p50':>9} {'p95':>9} {'most':>9}")
    for name, took in rows.items():
        p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        print(f"{name:<28} {1000 * p50:>6.0f} ms {1000 * p95:>6.0f} ms {1000 * max(took):>6.0f} ms")
        result[name] = {"p50_s": p50, "p95_s": p95, "most_s": max(took)}
    _RESULT.parent.mkdir(parents=True, exist_ok=True)
    _RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    slow = [name for name, took in rows.items() if statistics.quantiles(took, n=20)[-1] > 0.3]
    print(f"slower than 300 ms at p95: {', '.join(slow) or 'nothing'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]))))
