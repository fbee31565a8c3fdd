"""Our registration with a provider."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.edge import registrations
from switch.edge.credentials import ha1
from switch.edge.settings import EdgeRegistration
from tests.contract.edge.conftest import Edge, free_ports, settings_in, start
from tests.contract.edge.ua import HOST, Ua, is_proven

pytestmark = pytest.mark.contract

REALM = "provider.example"
HA1 = ha1("company", REALM, "very secret")


@pytest.fixture
def provider_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def registering(tmp_path: Path, provider_port: int) -> Iterator[Edge]:
    (first,) = free_ports(1)
    settings = dataclasses.replace(
        settings_in(tmp_path, trunk_port=provider_port, worker_ports=[first, first]),
        registrations=tmp_path / "registrations.sqlite",
        registration_round_s=1,
    )
    account = EdgeRegistration(
        trunk="pstn",
        user="+14805550100",
        domain=REALM,
        address=HOST,
        port=provider_port,
        auth_user="company",
        realm=REALM,
        ha1=HA1,
    )
    assert settings.registrations
    registrations.write(settings.registrations, [account])
    assert settings.registrations.stat().st_mode & 0o777 == 0o600
    running = start(settings, trunk_port=provider_port, worker_ports=[first, first])
    yield running
    running.stop()


async def test_it_registers_with_the_provider_and_proves_who_it_is(
    registering: Edge, provider_port: int
) -> None:
    provider = await Ua.open(registering.settings.sip_port, port=provider_port)
    asked = await provider.request("REGISTER")
    challenge = f'Digest realm="{REALM}", nonce="abc", algorithm=MD5, qop="auth"'
    provider.answer(asked, 401, extra=[("WWW-Authenticate", challenge)])

    proven = await provider.until(lambda m: m.method == "REGISTER" and m.get("Authorization") != "")

    assert proven.uri == f"sip:{REALM}"
    assert proven.contact_uri == f"sip:+14805550100@{HOST}:{registering.settings.sip_port}"
    assert 'username="company"' in proven.get("Authorization")
    assert is_proven(proven.get("Authorization"), HA1, "REGISTER")
    assert int(proven.get("CSeq").split()[0]) > int(asked.get("CSeq").split()[0])
    provider.answer(proven, 200, contact=f"{proven.get('Contact')};expires=300")
    await asyncio.sleep(0.1)
    assert HA1 not in registering.log.read_text()
    await provider.close()
