"""What a person reads when the switch is up: who can call, from where, and what is missing."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from rich.text import Text

from switch.config import Config
from switch.node.routes import longest_hunt_s

_PLURALS = {"territory": "territories"}


def welcome(config: Config, path: Path, *, with_password: frozenset[str]) -> list[Text]:
    """Return the lines that tell how to use a switch that is up.

    Args:
        config: what it was told.
        path: where that stands, as it was typed.
        with_password: the reps whose phones can register.
    """
    sections = (
        ("To register a phone", _phone(config)),
        ("Reps", _reps(config, path, with_password)),
        ("Numbers", _numbers(config)),
        ("Trunks", _trunks(config)),
        ("Besides", _besides(config, path)),
        ("Before you go on", advice(config, path)),
    )
    lines = []
    for title, section in sections:
        body = list(section)
        if body:
            lines += [Text(""), Text(title, style="bold")]
            lines += [Text(f"  {line}") for line in body]
    return lines


def advice(config: Config, path: Path) -> Iterator[str]:
    """Yield what is allowed but hardly what anybody wants in the end, and what helps."""
    file = path / "softswitch.toml" if path.is_dir() else path
    edge, media = config.edge.address, config.media.address
    if _is_loopback(edge):
        yield (
            f"{edge} is reached by phones on this machine only. For others, set [edge] address "
            f"and [media] address in {file} to this machine's{_own_addresses()}."
        )
    elif _is_loopback(media):
        yield (
            f"Audio goes to {media}, which no phone elsewhere reaches: "
            f"set [media] address in {file}."
        )
    if not config.dialplan.reps:
        yield "There are no reps, so nobody can register: write them into reps.toml."
    response = config.transfer.response_timeout_s
    for group in config.dialplan.territories:
        longest_s = longest_hunt_s(config.dialplan, group.name, response)
        if longest_s > response.territory:
            yield (
                f"{group.name} may ring for {longest_s:g} s, whom it overflows to included, but a "
                f"transfer to it ends after {response.territory:g} s: see [transfer] "
                f"response_timeout_s in {file}."
            )


def lacking(config: Config, path: Path, *, with_password: frozenset[str]) -> Iterator[str]:
    """Yield who cannot register yet, and what helps."""
    for rep in config.dialplan.reps:
        if rep.name not in with_password:
            yield f"{rep.name} has no password yet: {_command(path, rep.name)}"


def count(number: int, what: str) -> str:
    """Return ``1 rep``, ``2 reps``."""
    return f"{number} {what if number == 1 else _PLURALS.get(what, what + 's')}"


def _phone(config: Config) -> Iterator[str]:
    edge = config.edge
    yield f"server     {edge.address}, port {edge.sip_port}, UDP or TCP"
    yield f"domain     {config.switch.domain} (also: realm)"
    yield "user       the rep's name (also: login, authentication name)"
    yield "password   the rep's, see below"


def _reps(config: Config, path: Path, with_password: frozenset[str]) -> Iterator[str]:
    reps = config.dialplan.reps
    width = max((len(rep.name) for rep in reps), default=0)
    for rep in reps:
        has = (
            "can register"
            if rep.name in with_password
            else f"no password yet: {_command(path, rep.name)}"
        )
        yield f"{rep.name:<{width}}  {rep.extension:<6} {has}"


def _numbers(config: Config) -> Iterator[str]:
    for did in config.dialplan.dids:
        yield f"{did.number} rings {did.rep or did.territory}"


def _trunks(config: Config) -> Iterator[str]:
    for number, trunk in enumerate(config.dialplan.trunks):
        port = f"port {trunk.port}" if trunk.port else "any port"
        out = f"; calls to outside go to {trunk.host_port}" if number == 0 else ""
        yield f"{trunk.name}: takes calls from {trunk.address}, {port}, UDP{out}"


def _besides(config: Config, path: Path) -> Iterator[str]:
    logs = [
        name
        for name, managed in (
            ("edge", config.edge.managed),
            ("media", config.media.managed),
            ("broker", config.bus.managed),
        )
        if managed
    ]
    if logs:
        yield f"logs       node and desk: here; {_series(logs)}: {config.run_dir}/*.log"
    bus = f"{config.bus.host} port {config.bus.port}"
    yield f"records    MQTT at {bus}, topics softswitch/v1/#"
    desk = config.desk
    yield f"desk       http://{desk.http_address}:{desk.http_port}/ {_who_signs_in(config, path)}"
    yield f"threads    in another terminal: softswitch threads{_config_option(path)}"
    yield "stop       Ctrl-C"


def _who_signs_in(config: Config, path: Path) -> str:
    if config.desk.user_header:
        return "(whom the proxy says)"
    return f"(a rep needs a password: softswitch desk-password NAME{_config_option(path)})"


def _series(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _command(path: Path, rep: str) -> str:
    return f"softswitch password {rep}{_config_option(path)}"


def _config_option(path: Path) -> str:
    return "" if path == Path("config") else f" --config {shlex.quote(str(path))}"


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _own_addresses() -> str:
    """Return the addresses of this machine in brackets, as far as they can be seen."""
    found = [
        one.address
        for addresses in psutil.net_if_addrs().values()
        for one in addresses
        if one.family.name == "AF_INET" and not _is_loopback(one.address)
    ]
    return f" ({' or '.join(found)})" if found else ""
