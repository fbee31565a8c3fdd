"""Keeps the switch of the demo up once its acts are over, so that its desk can be looked at.

The conversations are those that were played, with their recordings. The customer has a name, as
from a CRM, and two reps have written notes, by the API that a CRM would use.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.text import Text

from switch.config import ContactSettings
from switch.demo.standing import StandingSwitch
from switch.demo.story import CUSTOMER, Story
from switch.desk.people import People

SUPERVISORS: Final = ("carol",)
_VISITORS: Final = ("alice", "saul", "bob", "carol")
_NOTES: Final = {
    "alice": ("Has 40 seats, asks what they cost: to Saul, who knows.", "call back"),
    "saul": ("Told him the price, he will take it. Alice sends the contract.", "interested"),
}
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE_S: Final = 30.0
_LOOKS_EVERY_S: Final = 0.1


def contacts(folder: Path) -> ContactSettings:
    """Write down who the customer of the demo is, and return where that stands."""
    file = folder / "contacts.csv"
    file.write_text(
        "number,name,company,link\n"
        f"{CUSTOMER},Jane Doe,Doe & Daughters,https://crm.example/leads/4711\n",
        encoding="utf-8",
    )
    return ContactSettings(file=file)


async def stay(switch: StandingSwitch, story: Story, console: Console) -> None:
    """Let people in, say how, and return when somebody types Ctrl-C (or SIGTERM comes)."""
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # For good: while everything is stopped a second one must not leave half of it behind.
        loop.add_signal_handler(number, enough.set)
    leaving = asyncio.create_task(enough.wait())
    opening = asyncio.create_task(_open(switch, story))
    try:
        await asyncio.wait({leaving, opening}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            for line in _welcome(switch, opening.result()):
                console.print(line, soft_wrap=True, highlight=False)
            await leaving
    finally:
        opening.cancel()
        leaving.cancel()
    console.print("\nstopping…", style="dim")


async def _open(switch: StandingSwitch, story: Story) -> str:
    """Give passwords, have notes written, and return a token for the API."""
    people = People(switch.config.desk_path)
    for rep in _VISITORS:
        await asyncio.to_thread(people.set_password, rep, switch.password(rep))
    token = await asyncio.to_thread(people.make_token, "demo", ("read", "control"))
    noted = story.threads().get(1)
    if noted is not None:
        await _write_notes(switch, token, noted["conversation_id"])
    return token


async def _write_notes(switch: StandingSwitch, token: str, conversation_id: str) -> None:
    """Have the reps of a conversation write of it, as soon as the desk answers."""
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/conversations/{conversation_id}/notes"
    async with (
        asyncio.timeout(_PATIENCE_S),
        httpx.AsyncClient(base_url=_address(switch), headers=headers, trust_env=False) as desk,
    ):
        for rep, (text, disposition) in _NOTES.items():
            note = {"text": text, "disposition": disposition, "rep": rep}
            while True:
                try:
                    answer = await desk.post(path, json=note)
                except httpx.TransportError:  # it loads what it needs for pages behind the calls
                    await asyncio.sleep(_LOOKS_EVERY_S)
                else:
                    answer.raise_for_status()
                    break


def _address(switch: StandingSwitch) -> str:
    desk = switch.config.desk
    return f"http://{desk.http_address}:{desk.http_port}"


def _welcome(switch: StandingSwitch, token: str) -> list[Text]:
    """Return the lines that tell how to look around."""
    plan = switch.config.dialplan
    wide = max(map(len, _VISITORS))
    config, watched = switch.config.switch.data_dir / "config", switch.config.metrics
    reps = []
    for name in _VISITORS:
        rep = plan.rep(name)
        sees = "his calls, all conversations" if name not in SUPERVISORS else "the floor too"
        shown = rep.display_name if rep is not None else name
        reps.append(f"  {name:<{wide}}  password {switch.password(name)}  {shown}: {sees}")
    return [
        Text("\nThe switch stays up. Look at it:", style="bold"),
        Text(f"  {_address(switch)}"),
        Text("Sign in there as one of", style="bold"),
        *map(Text, reps),
        Text("Or register a phone", style="bold"),
        Text(
            f"  at {switch.address}:{switch.port}, domain {switch.domain}, as one of these with "
            "the same password"
        ),
        Text("Or ask as a program does", style="bold"),
        Text(f"  curl -H 'Authorization: Bearer {token}' {_address(switch)}/api/v1/figures"),
        Text(f"  curl http://{watched.address}:{watched.port}/metrics"),
        Text(f"  curl http://{watched.address}:{watched.desk_port}/metrics"),
        Text(f"  softswitch threads --config {config}"),
        Text("\nCtrl-C ends it, and leaves nothing behind."),
    ]
