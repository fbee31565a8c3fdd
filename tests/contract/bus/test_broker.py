"""The managed broker's configuration, read by the real mosquitto."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest

from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice
from tests.records.samples import customer

pytestmark = pytest.mark.contract


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker", username="switch")
    running.start()
    try:
        yield running
    finally:
        running.kill()


async def test_the_configured_user_may_publish(guarded: Broker, tmp_path: Path) -> None:
    publisher = Voice(guarded, tmp_path / "node.sqlite", username="switch", password="secret")
    publisher.start()
    await publisher.publish_leg(customer())

    assert await publisher.flush(PATIENCE_S)
    assert await publisher.stop()


@pytest.mark.parametrize(
    ("username", "password"), [(None, None), ("switch", "wrong"), ("x", "secret")]
)
async def test_nobody_else_may_connect(
    guarded: Broker, username: str | None, password: str | None
) -> None:
    client = aiomqtt.Client(
        guarded.host,
        guarded.port,
        username=username,
        password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
        timeout=PATIENCE_S,
    )

    with pytest.raises(aiomqtt.MqttError, match="ot authori"):
        await asyncio.wait_for(client.__aenter__(), PATIENCE_S)
