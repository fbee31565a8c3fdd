"""The ladder of SIP messages: who sent what to whom, drawn for a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from switch.demo.trace import Message

WIDTH = 100
SWITCH = "switch"

_TIME_WIDTH = 9
_MARGIN = 4
_WIDEST_GAP = 32
_FAILURE = 300
_COLOURS = {
    "INVITE": "green",
    "ACK": "green",
    "REFER": "bold magenta",
    "NOTIFY": "magenta",
    "BYE": "yellow",
    "CANCEL": "yellow",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rung:
    """Is one message between a party and the switch."""

    party: str
    message: Message


def draw(messages: Mapping[str, Sequence[Message]], *, width: int = WIDTH) -> list[Text]:
    """Draw what each party sent and received as one ladder with the switch in it.

    Times are milliseconds since the first message. The first party stands at the left of the
    switch, the others at its right. A message that was sent again because no answer had come
    yet is drawn once.
    """
    names = list(messages)
    columns = [*names[:1], SWITCH, *names[1:]]
    first = _TIME_WIDTH + _MARGIN
    gap = min(_WIDEST_GAP, (width - first - _MARGIN) // (len(columns) - 1))
    places = {name: first + gap * number for number, name in enumerate(columns)}
    rungs = sorted(_once(messages), key=lambda rung: rung.message.at_s)
    lines = [_head(places, width)]
    if rungs:
        first_s = rungs[0].message.at_s
        lines += [_line(rung, places, first_s=first_s) for rung in rungs]
    return lines


def _once(messages: Mapping[str, Sequence[Message]]) -> list[_Rung]:
    rungs = []
    for party, seen in messages.items():
        texts: set[tuple[bool, str]] = set()
        for message in seen:
            key = (message.is_sent, message.text)
            if key not in texts:
                texts.add(key)
                rungs.append(_Rung(party=party, message=message))
    return rungs


def _head(places: Mapping[str, int], width: int) -> Text:
    line = [" "] * width
    for name, place in places.items():
        start = max(0, place - len(name) // 2)
        line[start : start + len(name)] = name
    return Text("".join(line).rstrip(), style="bold")


def _line(rung: _Rung, places: Mapping[str, int], *, first_s: float) -> Text:
    message = rung.message
    here, there = places[rung.party], places[SWITCH]
    left, right = min(here, there), max(here, there)
    goes_right = (here < there) == message.is_sent
    line = [" "] * (max(places.values()) + 1)
    for place in places.values():
        line[place] = "│"
    for place in range(left + 1, right):
        line[place] = "┼" if place in places.values() else "─"
    line[right - 1 if goes_right else left + 1] = "▶" if goes_right else "◀"
    # The words stand in the gap beside the party, whatever his arrow crosses after that.
    gap = min(abs(place - here) for name, place in places.items() if name != rung.party)
    words = f" {_fitting(_words(message), gap - 5)} "
    middle = here + (gap if here < there else -gap) // 2
    start = middle - len(words) // 2
    line[start : start + len(words)] = words
    elapsed = f"{(message.at_s - first_s) * 1000:7.0f}  "
    drawn = Text(elapsed, style="dim")
    drawn.append("".join(line)[_TIME_WIDTH:].rstrip(), style=_colour(message))
    return drawn


def _colour(message: Message) -> str:
    if (message.status or 0) >= _FAILURE:
        return "red"
    return _COLOURS.get(message.method, "")


def _fitting(words: str, room: int) -> str:
    """Return as many words as there is room for, at least the first."""
    while len(words) > room and " " in words:
        words = words.rpartition(" ")[0]
    return words.removesuffix(" →")[:room]


def _words(message: Message) -> str:
    """Return a few words that say what a message is."""
    if not message.is_request:
        _, status, reason = (*message.first_line.split(" ", 2), "")[:3]
        if message.method == "INVITE":
            return f"{status} {reason}"
        return f"{status} {message.method}"
    match message.method:
        case "INVITE" if "tag=" in message.header("To"):
            direction = re.search(r"a=(sendonly|inactive|recvonly|sendrecv)", message.body)
            return f"re-INVITE {direction[1] if direction else ''}".rstrip()
        case "INVITE":
            return f"INVITE {_user(message.first_line)}"
        case "REFER":
            return f"REFER → {_user(message.header('Refer-To'))}"
        case "NOTIFY":
            told = message.body.removeprefix("SIP/2.0 ").partition("\n")[0]
            return f"NOTIFY {told}".rstrip()
        case method:
            return method


def _user(text: str) -> str:
    found = re.search(r"sips?:([^@;>\s]+)@", text)
    return found[1] if found else ""
