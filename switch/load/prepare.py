"""Makes the configuration of a switch that is to be loaded, from one that is there.

It is a copy of it with accounts for the load, and cut off from the world: a data folder, a broker
and a store of its own, nobody who is told of conversations, and no trunk but those of the load.
So no call of a load can reach anybody, and no record of one mixes with real ones.
"""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path
from typing import Final

from dialplan import DialplanError
from switch.config import Config, write
from switch.config.desk import ContactSettings, DeskSettings, WebhookSettings
from switch.config.settings import BusSettings
from switch.edge import credentials
from switch.load import accounts as accounts_file
from switch.load.accounts import PREFIX, RECALL, Accounts
from switch.load.errors import NotPrepared

TRUNK_PORT: Final = 5080
_LOCAL_TRUNK: Final = "127.0.0.2"
_LOCAL_PHONES: Final = "127.0.0.3"
_LOOPBACK: Final = "127."


def accounts_for(
    config: Config,
    *,
    data_dir: Path,
    from_address: str | None = None,
    trunk_port: int = TRUNK_PORT,
    territories: int = 30,
    storm: int = 200,
) -> Accounts:
    """Return accounts for the load of a switch.

    Args:
        config: what it is configured to be.
        data_dir: where it is to keep its data.
        from_address: IPv4 address of the machine that the load will come from; None: this one.
        trunk_port: the first of six UDP ports there.
        territories: how many, each of three reps.
        storm: how many reps only register.

    Raises:
        NotPrepared: the switch listens on the network, and it is not said where the load is from.
    """
    edge = config.edge
    if from_address is None and not edge.address.startswith(_LOOPBACK):
        raise NotPrepared(
            why=f"the switch listens on {edge.address}: say which address the load will come "
            "from, that of this or of another machine, with --from"
        )
    return Accounts(
        target=f"{edge.address}:{edge.sip_port}",
        domain=config.switch.domain,
        password=secrets.token_urlsafe(12),
        trunk_address=from_address or _LOCAL_TRUNK,
        trunk_port=trunk_port,
        phones_address=from_address or _LOCAL_PHONES,
        territories=territories,
        storm=storm,
        data_dir=str(data_dir.absolute()),
    )


def configured(config: Config, accounts: Accounts, *, workers: int | None = None) -> Config:
    """Return a configuration with these accounts, and cut off from the world.

    Args:
        config: what it is made from.
        accounts: who is in it besides.
        workers: how many at most; None: as many as there were.

    Raises:
        NotPrepared: an entry of it contradicts those of the load.
    """
    plan = config.dialplan
    reps = [rep for rep in plan.reps if not rep.name.startswith(PREFIX)]
    places = [one for one in plan.territories if not one.name.startswith(PREFIX)]
    taken = [*(rep.extension for rep in reps), *(one.extension for one in places)]
    numbers = {did.number for did in accounts.dids()}
    dids = [
        did
        for did in plan.dids
        if did.number not in numbers and not (did.rep or did.territory or "").startswith(PREFIX)
    ]
    desk = config.desk
    most = config.workers.most if workers is None else workers
    try:
        with_load = dataclasses.replace(
            plan,
            reps=(*reps, *accounts.reps(taken)),
            territories=(*places, *accounts.territory_entries(taken)),
            dids=(*dids, *accounts.dids()),
            trunks=accounts.trunks(),
        )
    except DialplanError as error:
        raise NotPrepared(why=f"with the reps of a load it contradicts itself: {error}") from error
    return dataclasses.replace(
        config,
        switch=dataclasses.replace(config.switch, data_dir=Path(accounts.data_dir)),
        bus=BusSettings(port=config.bus.port),
        recall=dataclasses.replace(config.recall, alert_info=RECALL, menu=False),
        recording=dataclasses.replace(config.recording, dir=None, s3_bucket=None),
        desk=dataclasses.replace(DeskSettings(), http_port=desk.http_port),
        contacts=ContactSettings(),
        webhook=WebhookSettings(),
        workers=dataclasses.replace(config.workers, most=most, warm=min(config.workers.warm, most)),
        dialplan=with_load,
    )


def give_passwords(config: Config, accounts: Accounts) -> None:
    """Let all reps of the load register."""
    path = config.credentials_path
    path.parent.mkdir(parents=True, exist_ok=True)
    credentials.create(path)
    credentials.set_passwords(
        path, config.switch.domain, {rep.name: accounts.password for rep in accounts.reps()}
    )


def prepare(config: Config, accounts: Accounts, folder: Path, *, workers: int | None) -> Path:
    """Write a folder with all that a load needs; return the config folder in it.

    Raises:
        NotPrepared: the configuration that is there runs on the same data folder.
            Or an entry of it contradicts those of the load.
    """
    if config.switch.data_dir.absolute() == Path(accounts.data_dir):
        raise NotPrepared(why=f"{folder} holds the configuration that is to be copied")
    ready = configured(config, accounts, workers=workers)
    write(ready, folder / "config")
    give_passwords(ready, accounts)
    accounts_file.write(accounts, folder)
    return folder / "config"
