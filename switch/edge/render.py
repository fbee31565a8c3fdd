"""Renders Kamailio's configuration, and says how Kamailio is started with it.

In the templates a text value always comes out as a quoted string of Kamailio's language:
``_literal`` sees to it, so that no template can forget. What must stand bare (an address in
``listen=``) is marked ``_Bare`` here, after its check in ``settings``.
"""

from __future__ import annotations

from pathlib import Path

import jinja2

from switch.edge.settings import EdgeSettings

_MS = 1000
# What each process of Kamailio may keep for itself, in MiB; of it memory is taken as it is used.
# The 8 that it has by itself are too few for a configuration with 180 trunks.
_PRIVATE_MEMORY = ("-M", "64")
# The manager of both kinds of memory: the one that Kamailio takes by itself is for finding faults
# in it, and takes a third of all work.
_FAST_MEMORY = ("-x", "fm", "-X", "fm")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\r": r"\r", "\n": r"\n"})


def render(settings: EdgeSettings) -> str:
    """Return the text of ``kamailio.cfg`` for these settings."""
    return _ENVIRONMENT.get_template("kamailio.cfg.j2").render(_values(settings))


def start_arguments(settings: EdgeSettings, config: Path) -> list[str]:
    """Return the command that runs Kamailio in the foreground, logging to stderr.

    There is no PID file: one left behind by ``kill -9`` would refuse the next start.
    ``kill -9`` of the first process leaves its children on our ports: start it as the
    leader of its own process group, end it with SIGTERM, and kill the group if need be.
    """
    return [
        "kamailio",
        "-DD",
        "-E",
        "-f",
        str(config),
        "-m",
        str(settings.memory_mb),
        *_PRIVATE_MEMORY,
        *_FAST_MEMORY,
        "-Y",
        str(settings.run_dir),
    ]


def check_arguments(settings: EdgeSettings, config: Path) -> list[str]:
    """Return the command that only checks the configuration: exit status 0 if it is right."""
    run_dir = str(settings.run_dir)
    return ["kamailio", "-c", "-E", "-f", str(config), *_PRIVATE_MEMORY, "-Y", run_dir]


class _Bare(str):
    """Is a text that stands in the configuration without quotes."""

    __slots__ = ()


def _literal(value: object) -> object:
    """Return how a value is written in Kamailio's language."""
    if isinstance(value, str) and not isinstance(value, _Bare):
        escaped = value.translate(_ESCAPES)
        return f'"{escaped}"'
    return value


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("switch.edge", "."),
    autoescape=False,  # noqa: S701 - no HTML; _literal escapes for Kamailio
    undefined=jinja2.StrictUndefined,
    finalize=_literal,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def _values(settings: EdgeSettings) -> dict[str, object]:
    # Within brackets: Kamailio's lexer has its own idea of a backslash before a dot.
    addresses = dict.fromkeys((settings.address, settings.told_address))
    hosts = dict.fromkeys((settings.domain, *addresses, *settings.own_hosts))
    told = f"{settings.told_address}:{settings.sip_port}"
    own = "|".join(host.lower().replace(".", "[.]") for host in hosts)
    return {
        "domain": settings.domain,
        "address": _Bare(settings.address),
        "sip_port": settings.sip_port,
        # What stands in Via, Record-Route and Contact, and is known as ours in Route.
        "advertise": _Bare("" if settings.public_address is None else f" advertise {told}"),
        "inner_port": settings.inner_port,
        "rpc_port": settings.rpc_port,
        "evapi_address": f"127.0.0.1:{settings.evapi_port}",
        "worker_first_port": settings.worker_first_port,
        "worker_last_port": settings.worker_last_port,
        "inner_socket": f"udp:127.0.0.1:{settings.inner_port}",
        "outer_host": _Bare(told),
        "contact_address": told,
        "outer_address": f":{settings.address}:{settings.sip_port}",
        "outer_socket": f"udp:{settings.address}:{settings.sip_port}",
        "credentials_url": _sqlite_url(settings.credentials),
        "locations_url": _sqlite_url(settings.locations),
        "registrations_url": settings.registrations and _sqlite_url(settings.registrations),
        "registration_round_s": settings.registration_round_s,
        "route_set_udp": _route_set(settings, ""),
        "route_set_tcp": _route_set(settings, ";transport=tcp"),
        **_browsers(settings),
        "trunks": settings.trunks,
        "has_account": settings.has_account,
        "plain_name": "^[A-Za-z0-9][A-Za-z0-9._+-]*$",
        "own_hosts": f"^({own})$",
        "workers": settings.workers,
        "node_ms": round(settings.node_timeout_s * _MS),
        "worker_ms": round(settings.worker_timeout_s * _MS),
        "bye_ms": round(settings.bye_timeout_s * _MS),
        "silent_ms": round(settings.silent_timeout_s * _MS),
        "trunk_ms": round(settings.trunk_timeout_s * _MS),
        "probe_s": settings.probe_s,
        "ring_ms": round(settings.ring_timeout_s * _MS),
        "hunt_ms": round(settings.hunt_timeout_s * _MS),
        "min_expires_s": settings.min_expires_s,
        "message_bytes": settings.message_bytes,
    }


def _browsers(settings: EdgeSettings) -> dict[str, object]:
    """Return what the configuration says of the WebSocket: on the loopback, or encrypted."""
    is_secure = settings.certificate is not None
    host = settings.address if is_secure else "127.0.0.1"
    at = f"{host}:{settings.ws_port}"
    inner = f"<sip:127.0.0.1:{settings.inner_port};r2=on;lr>"
    return {
        "ws_port": settings.ws_port,
        "browser_socket": settings.ws_port and _Bare(f"{'tls' if is_secure else 'tcp'}:{at}"),
        "certificate": settings.certificate and str(settings.certificate),
        "certificate_key": settings.certificate_key and str(settings.certificate_key),
        "route_set_ws": f"Record-Route: <sip:{at};transport=ws;r2=on;lr>, {inner}\r\n",
    }


def _route_set(settings: EdgeSettings, transport: str) -> str:
    """Return the Record-Route of a request that we sent to a phone, as Kamailio writes it."""
    outer = f"<sip:{settings.told_address}:{settings.sip_port}{transport};r2=on;lr>"
    inner = f"<sip:127.0.0.1:{settings.inner_port};r2=on;lr>"
    return f"Record-Route: {outer}, {inner}\r\n"


def _sqlite_url(path: Path) -> str:
    # db_sqlite takes what follows the third slash as the path.
    return f"sqlite:///{path}"
