"""The story the switch is for, played in four acts: in each one call, two transfers, one thread.

A customer rings; alice talks with him (a minute takes a second or two here), transfers him to
saul; saul talks with him and transfers him back to alice; they talk and he hangs up. In the
first act alice's phone hangs up as soon as her transfer is accepted and saul's waits until
the switch releases it; in the second it is the other way round. In the third saul declines,
and she is called back, resumes, and transfers him to bob. In the fourth she transfers him to the
territory Seattle, where three reps ring, and who answers transfers him on to a number outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from switch.audio.tones import FRAME_S, MUSIC
from switch.demo import ladder, scenario
from switch.demo.checks import Check, display_name, heard_by
from switch.demo.party import Party
from switch.demo.stage import Performance, Standing, perform
from switch.demo.trace import Message

CUSTOMER = "+14805550123"
ACTS = ("leaves_then_stays", "stays_then_leaves", "recall", "territory")
_WITH_LADDER = ("leaves_then_stays", "recall", "territory")
_FILES = {
    "leaves_then_stays": "story.json",
    "recall": "recall.json",
    "territory": "territory.json",
}
"""The acts whose threads are shown, and where they are written."""
_MUSIC_WITHIN_S = 0.5
_SILENCE_BELOW_S = 0.5
_ACCEPTED = (200, 202)
_RINGING = 180
_SAID = {200: "{} answers", 603: "{} declines"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Is how the story went."""

    acts: tuple[Performance, ...]

    @property
    def checks(self) -> list[Check]:
        """Everything that was looked at."""
        return [check for act in self.acts for check in act.checks]

    @property
    def failures(self) -> list[Check]:
        """What was not as expected."""
        return [check for check in self.checks if not check.ok]

    def threads(self) -> dict[int, dict[str, Any]]:
        """Return the threads to show, by the number of the act that each is of."""
        return {
            ACTS.index(act.scenario.folder.name) + 1: act.threads[0]
            for act in self.acts
            if act.scenario.folder.name in _FILES and act.threads
        }

    def write(self, folder: Path) -> list[Path]:
        """Write these threads as JSON into a folder, and return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for number, thread in self.threads().items():
            file = folder / _FILES[ACTS[number - 1]]
            file.write_bytes(msgspec.json.format(msgspec.json.encode(thread), indent=2) + b"\n")
            files.append(file)
        return files


async def play(
    standing: Standing, console: Console, folder: Path, *, only: int | None = None
) -> Story:
    """Play the acts against a running switch, telling how it goes.

    Args:
        standing: the switch, with everybody of :mod:`switch.demo.house`.
        console: where to tell it.
        folder: an empty folder for traces.
        only: play this act and no other, 1 to 4; None: all.

    Raises:
        RegistrationError: a rep could not register.
    """
    acts = []
    for number, name in enumerate(ACTS, start=1):
        if only not in {None, number}:
            continue
        act = scenario.load(scenario.root() / "story" / name)
        console.print(f"\n[bold]Act {number}[/bold]  {' '.join(act.summary.split())}\n")
        traces = folder / name
        traces.mkdir(parents=True)
        teller = _Teller(console)
        performance = await perform(act, standing, traces, contact=CUSTOMER, on_message=teller.tell)
        performance.checks += _listen(performance)
        with_ladder = name in _WITH_LADDER or bool(performance.failures)
        _show(performance, console, with_ladder=with_ladder)
        acts.append(performance)
    return Story(acts=tuple(acts))


class _Teller:
    """Tells the turns of the story while they happen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._first_s: float | None = None
        self._customer: str | None = None  # what phones show of him as a rule
        self._told: set[tuple[str, str, str | None]] = set()

    def tell(self, party: Party, message: Message) -> None:
        """Say a message in words, if it is a turn of the story."""
        self._first_s = self._first_s or message.at_s
        words = self._rings(party.name, message) or _turn(party.name, message)
        key = (party.name, message.call_id, words)
        if words is not None and key not in self._told:
            self._told.add(key)
            elapsed_s = message.at_s - self._first_s
            self._console.print(Text(f"  {elapsed_s:5.2f} s  ", style="dim") + Text(words))

    def _rings(self, name: str, message: Message) -> str | None:
        """Return that a phone rings, and what it shows if that is more than who calls."""
        shown = display_name(message.header("From"))
        self._customer = shown if self._customer is None else self._customer
        if not message.is_sent or message.method != "INVITE" or message.status != _RINGING:
            return None
        says = "" if shown in {self._customer, ""} else f', and shows "{shown}"'
        return f"{name}'s phone rings{says}"


def _turn(name: str, message: Message) -> str | None:
    """Return what a message means to the people, or None if nothing."""
    if message.is_sent and message.method == "INVITE" and message.status in _SAID:
        return _SAID[message.status].format(name)
    if not message.is_request or not message.is_sent:
        return None
    match message.method:
        case "INVITE":
            return f"the {name} rings"
        case "REFER":
            target = re.search(r"sip:([^@>]+)@", message.header("Refer-To"))
            return f"{name} transfers the customer to {target[1] if target else 'nobody'}"
        case "BYE":
            return f"{'the ' if name == 'customer' else ''}{name} hangs up"
    return None


def _listen(performance: Performance) -> list[Check]:
    """Listen closely: the music comes at once, nobody is left in silence, nobody lingers."""
    customer = performance.parties["customer"]
    if customer.voice is None:
        return []
    heard = customer.voice.heard
    checks = []
    talk = [run for run in heard.runs() if run.packets]
    if talk:
        silence_s = heard.longest_silence_s(talk[0].from_s, talk[-1].to_s)
        checks.append(_below("the customer's longest silence", _SILENCE_BELOW_S, silence_s))
    for name, party in performance.parties.items():
        for accepted_s in _refers_accepted(party):
            music_s = min(
                (run.from_s for run in talk if run.sound == MUSIC and run.to_s > accepted_s),
                default=float("inf"),
            )
            what = f"from {name}'s accepted transfer to music"
            checks.append(_below(what, _MUSIC_WITHIN_S, max(0.0, music_s - accepted_s)))
            checks.append(_silent_after(name, accepted_s, performance))
    return checks


def _refers_accepted(party: Party) -> list[float]:
    return [
        message.at_s
        for message in party.messages
        if message.method == "REFER" and message.status in _ACCEPTED
    ]


def _silent_after(name: str, accepted_s: float, performance: Performance) -> Check:
    """Look whether anybody heard the transferor between his REFER and his next call."""
    own = performance.parties[name].messages
    again_s = min(
        (m.at_s for m in own if m.status and m.method == "INVITE" and m.at_s > accepted_s),
        default=float("inf"),
    )
    span = {"from_s": accepted_s + _MUSIC_WITHIN_S, "to_s": again_s}
    listeners = [
        party.name
        for party in performance.parties.values()
        if name in heard_by(party, performance.parties, **span)
    ]
    return Check(
        what=f"who hears {name} after the transfer",
        expected="nobody",
        got=", ".join(listeners) or "nobody",
        ok=not listeners,
    )


def _below(what: str, most_s: float, got_s: float) -> Check:
    return Check(
        what=what,
        expected=f"under {most_s * 1000:.0f} ms",
        got=f"{got_s * 1000:.0f} ms",
        ok=got_s < most_s,
    )


def _show(performance: Performance, console: Console, *, with_ladder: bool) -> None:
    """Print the ladder, what everybody heard, and the checks."""
    parties = performance.parties
    if with_ladder:
        console.print("\n[bold]The ladder[/bold], times in ms\n")
        rungs = {name: party.messages for name, party in parties.items()}
        for line in ladder.draw(rungs):
            console.print(line, soft_wrap=True)
    console.print("\n[bold]What everybody heard[/bold]")
    for party in parties.values():
        console.print(f"  {party.name:<9} {_heard_with_times(party, parties)}", highlight=False)
    failed = performance.failures
    console.print(f"\n  {len(performance.checks) - len(failed)} things as expected", style="green")
    for check in failed:
        console.print(Text(f"  ✗ {check}", style="red"))


def _heard_with_times(party: Party, parties: dict[str, Party]) -> str:
    if party.voice is None:
        return ""
    heard = heard_by(party, parties)
    runs = [run for run in party.voice.heard.runs() if run.sound != "quiet"]
    lengths = [
        FRAME_S * sum(run.packets for run in group)
        for _, group in groupby(runs, key=lambda run: run.sound)
    ]
    told = [f"{sound} {length:.1f} s" for sound, length in zip(heard, lengths, strict=False)]
    return " → ".join(told) or "nothing"
