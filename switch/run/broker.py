"""The managed broker: mosquitto as a child, on loopback, with a folder of ours.

Its configuration is written anew at each start and never edited. It keeps what a
durable subscriber has not read yet over a restart: that is what the folder is for.
"""

import base64
import hashlib
import ipaddress
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from switch.errors import SwitchError

_TEMPLATE = """\
# Written by softswitch at every start. Change config/softswitch.toml instead.

listener {port} {host}
{access}
# What the desk has not read yet is kept, over a restart too, however much it is.
persistence true
persistence_location {folder}/
autosave_interval 10
max_queued_messages 0
# Whoever takes many at a time (the desk) says how many; 20 would be one batch a round trip.
max_inflight_messages 1000
# Records are small and each is waited for: they must not wait for each other.
set_tcp_nodelay true

# A leg record has about a kilobyte; this is one of a leg with thousands of talks.
# Said to each client when it connects, so that none is cut off for trying.
max_packet_size 1048576

log_dest stderr
log_type error
log_type warning
connection_messages false
{user}"""

_PASSWORD_ROUNDS = 101
"""What mosquitto_passwd of mosquitto 2.0 writes; each connection pays for them once."""

_SALT_BYTES = 12
_SBIN = "/usr/sbin:/usr/local/sbin"


class BrokerError(SwitchError):
    """The managed broker cannot be started as configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """What the managed broker is started with."""

    host: str
    """The address it listens on; a loopback address."""

    port: int
    """The TCP port it listens on."""

    folder: Path
    """Where its configuration and what it keeps are; made if it is not there."""

    username: str | None = None
    """``None``: whoever is on this machine may connect."""

    password: str | None = field(default=None, repr=False)
    """Of the user; not looked at if there is none."""


def write(settings: BrokerSettings) -> Path:
    """Write the broker's configuration and return where it is.

    Raises:
        BrokerError: it would listen to the network. Records name people, and a
            broker for several machines needs TLS and accounts: that one is run by
            its operator, with ``bus.managed = false``.
    """
    if not _is_loopback(settings.host):
        raise BrokerError(
            f"bus.host = {settings.host!r}: the managed broker listens on loopback only; "
            "for another address run a broker of your own and set bus.managed = false"
        )
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = settings.folder / "passwords"
    if settings.username is None:
        access = "allow_anonymous true\n"
        passwords.unlink(missing_ok=True)
    else:
        access = f"allow_anonymous false\npassword_file {passwords}\n"
        _write_private(passwords, _password_line(settings.username, settings.password or ""))
    path = settings.folder / "mosquitto.conf"
    _write_private(
        path,
        _TEMPLATE.format(
            host=settings.host,
            port=settings.port,
            folder=settings.folder,
            access=access,
            # Started by root it would else change to a user who may not write our folder.
            user="user root\n" if os.geteuid() == 0 else "",
        ),
    )
    return path


def command(configuration: Path) -> Sequence[str]:
    """Return the command line that starts the broker in the foreground.

    Raises:
        BrokerError: mosquitto is not installed.
    """
    # Debian puts it where only root's PATH leads.
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=_SBIN)
    if program is None:
        raise BrokerError("mosquitto is not installed (Debian: apt-get install mosquitto)")
    return (program, "-c", str(configuration))


def _is_loopback(host: str) -> bool:
    """Is this an address only this machine can reach?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _password_line(username: str, password: str) -> str:
    """Return the line of mosquitto's password file for a user (PBKDF2, SHA-512)."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PASSWORD_ROUNDS)
    salt_text, key_text = (base64.b64encode(part).decode() for part in (salt, key))
    return f"{username}:$7${_PASSWORD_ROUNDS}${salt_text}${key_text}\n"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only we may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
