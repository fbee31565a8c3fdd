"""Who plays in a load: reps, territories, numbers and trunks of their own on the switch."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from dialplan import Did, OwnToll, Rep, Territory, Trunk
from switch.load.errors import NoAccounts

FILE: Final = "load.toml"
PREFIX: Final = "load-"
"""What all their names begin with."""
RECALL: Final = "<http://load.invalid>;info=recall"
"""What a rep who is called back is told in Alert-Info."""

BACK: Final = "back"
"""Reps who are called back: many, for nobody is called back while he talks in another call."""
_BACK_REPS: Final = 30
_ROLES: Final = (
    *("answers", "stays", "stays-target", "leaves", "leaves-target", "busy"),
    *(f"{BACK}{number}" for number in range(1, _BACK_REPS + 1)),
)
_OUTSIDE_REPS: Final = 8
_MEMBERS: Final = 3
_FIRST_EXTENSION: Final = 400_001
_FIRST_DID: Final = 15_205_550_000
_FIRST_CUSTOMER: Final = 16_020_000_000
_FIRST_OUTSIDE: Final = 14_805_550_000
_OUTSIDE_NUMBERS: Final = 50_000
CUSTOMER_LINES: Final = 5
"""Trunks that customers come from, so that so many SIPps may be customers at a time."""
_MOST_PER_MINUTE: Final = 1000


class Accounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is ``load.toml``: what whoever loads the switch must know of it."""

    target: str
    """Where phones and trunks reach the switch: ``HOST:PORT``, UDP."""
    domain: str
    """Its SIP domain."""
    password: str
    """Of all reps of the load."""
    trunk_address: str
    """IPv4 address, of the machine that loads, that customers call from."""
    trunk_port: int
    """First of :data:`CUSTOMER_LINES` UDP ports of customers; the one behind takes calls."""
    phones_address: str
    """IPv4 address, of the machine that loads, where the reps' phones are."""
    territories: int
    """How many territories, each of three reps."""
    storm: int
    """How many reps do nothing but register."""
    data_dir: str
    """Data folder of the switch, on its machine."""

    # ------------------------------------------------------------ names

    def rep(self, role: str) -> str:
        """Return the name of the one rep of a role."""
        return f"{PREFIX}{role}"

    @property
    def outside_reps(self) -> list[str]:
        """Reps who call outside, each as often as the toll policy can allow one."""
        return [f"{PREFIX}out{number}" for number in range(1, _OUTSIDE_REPS + 1)]

    @property
    def storm_reps(self) -> list[str]:
        """Reps who only register."""
        return [f"{PREFIX}storm{number}" for number in range(1, self.storm + 1)]

    def members(self, place: int) -> list[str]:
        """Return the members of territories who stand at a place in them, from 1 to 3."""
        return [f"{PREFIX}t{one}-{place}" for one in range(1, self.territories + 1)]

    @property
    def back_roles(self) -> list[str]:
        """The roles of reps who are called back."""
        return [role for role in _ROLES if role.startswith(BACK)]

    @property
    def territory_names(self) -> list[str]:
        """The territories."""
        return [f"{PREFIX}t{one}" for one in range(1, self.territories + 1)]

    def did(self, role: str) -> str:
        """Return the number that rings the rep of a role, or a territory by its name."""
        names = [*(self.rep(one) for one in _ROLES), *self.territory_names]
        name = role if role in self.territory_names else self.rep(role)
        return f"+{_FIRST_DID + names.index(name)}"

    @staticmethod
    def customer(place: int) -> str:
        """Return the number of a customer."""
        return f"+{_FIRST_CUSTOMER + place}"

    @staticmethod
    def outside(place: int) -> str:
        """Return a number outside, that the trunk of the load takes."""
        return f"+{_FIRST_OUTSIDE + place % _OUTSIDE_NUMBERS}"

    # ------------------------------------------------------------ entries of the configuration

    def reps(self, taken: Iterable[str] = ()) -> tuple[Rep, ...]:
        """Return all reps; none has an extension that is taken."""
        busy = set(taken)
        free = (
            str(number) for number in itertools.count(_FIRST_EXTENSION) if str(number) not in busy
        )
        toll = OwnToll(
            allow=("+1480",),
            deny=(),
            international=True,
            outside_at_once=_MOST_PER_MINUTE,
            outside_per_minute=_MOST_PER_MINUTE,
        )
        members = [name for place in range(1, _MEMBERS + 1) for name in self.members(place)]
        plain = [*(self.rep(role) for role in _ROLES), *members, *self.storm_reps]
        return (
            *(Rep(name=name, extension=next(free), display_name=name) for name in plain),
            *(
                Rep(name=name, extension=next(free), display_name=name, toll=toll)
                for name in self.outside_reps
            ),
        )

    def territory_entries(self, taken: Iterable[str] = ()) -> tuple[Territory, ...]:
        """Return all territories; none has an extension that is taken."""
        busy = {*taken, *(rep.extension for rep in self.reps(taken))}
        free = (
            str(number) for number in itertools.count(_FIRST_EXTENSION) if str(number) not in busy
        )
        rows = zip(*(self.members(place) for place in range(1, _MEMBERS + 1)), strict=True)
        return tuple(
            Territory(name=name, extension=next(free), members=members)
            for name, members in zip(self.territory_names, rows, strict=True)
        )

    def dids(self) -> tuple[Did, ...]:
        """Return the numbers that ring them."""
        return (
            *(Did(number=self.did(role), rep=self.rep(role)) for role in _ROLES),
            *(Did(number=self.did(name), territory=name) for name in self.territory_names),
        )

    def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks: some that customers come from, one that takes calls."""
        lines = tuple(
            Trunk(
                name=f"{PREFIX}in{line + 1}",
                address=self.trunk_address,
                port=self.trunk_port + line,
                prefixes=("+1602",),
            )
            for line in range(CUSTOMER_LINES)
        )
        out = Trunk(
            name=f"{PREFIX}out",
            address=self.trunk_address,
            port=self.outside_port,
            prefixes=("+1480",),
        )
        return (*lines, out)

    @property
    def outside_port(self) -> int:
        """Port that takes calls outside."""
        return self.trunk_port + CUSTOMER_LINES

    @property
    def target_place(self) -> tuple[str, int]:
        """Host and port of the switch.

        Raises:
            NoAccounts: ``target`` is not of that form.
        """
        return place_of(self.target)


def place_of(target: str) -> tuple[str, int]:
    """Return the host and port of ``HOST:PORT``; without a port it is 5060.

    Raises:
        NoAccounts: it is not of that form.
    """
    host, colon, port = target.partition(":")
    number = port if colon else "5060"
    if not host or not number.isdigit() or not 0 < int(number) < 1 << 16:
        raise NoAccounts(path=Path(FILE), why=f"{target!r} is no HOST:PORT")
    return host, int(number)


def read(folder: Path) -> Accounts:
    """Return what ``load.toml`` of a folder says.

    Raises:
        NoAccounts: there is none, or it says something else.
    """
    path = folder / FILE
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Accounts)
    except (FileNotFoundError, NotADirectoryError):
        raise NoAccounts(path=path) from None
    except msgspec.DecodeError as error:
        raise NoAccounts(path=path, why=str(error)) from None


def write(accounts: Accounts, folder: Path) -> Path:
    """Write ``load.toml``; nobody else may read it, for the password is in it."""
    path = folder / FILE
    text = "".join(
        f"{name} = {_toml(getattr(accounts, name))}\n" for name in accounts.__struct_fields__
    )
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"# Who plays in softswitch load; written by --prepare.\n{text}")
    return path


def _toml(value: str | int) -> str:
    return msgspec.json.encode(value).decode()
