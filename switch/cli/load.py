"""``softswitch load``: plays many calls against a switch, and says what came of them.

The command line's entry file mounts it: ``_app.command()(load)``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from switch.cli.options import CONFIG_FOLDER

_ACCOUNTS: Final = Path("loadtest")
_PERCENT: Final = 100


def load(  # noqa: PLR0913 - each is an option
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="call, transfer, transfer-leaving, recall, territory, outside, registrations, "
            "or day: all of them mixed.",
        ),
    ] = None,
    *,
    rate: Annotated[float, typer.Option(min=0.1, max=10_000, help="Calls begun a second.")] = 5.0,
    concurrent: Annotated[
        int, typer.Option(min=1, max=100_000, help="Calls at once, at most.")
    ] = 100,
    duration: Annotated[
        float, typer.Option(min=1, max=86_400, help="Seconds in which calls begin.")
    ] = 20.0,
    target: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The switch. Left out: as load.toml has it."),
    ] = None,
    talk: Annotated[
        float, typer.Option(min=0.01, max=25, help="Seconds that each rep talks.")
    ] = 1.0,
    ring: Annotated[
        float, typer.Option(min=0, max=20, help="Seconds that each phone rings.")
    ] = 0.2,
    allow_failed: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="How many calls may fail.")
    ] = 0.0,
    accounts: Annotated[
        Path, typer.Option(help="The folder that --prepare has written.")
    ] = _ACCOUNTS,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Where summary.json, summary.txt and plot.html go. Left out: a new folder in "
            "var/load."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what SIPp has written.")] = False,
    prepare: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Play nothing, but write a configuration with reps and trunks for a load: "
            "a copy of --config that is cut off from the world.",
        ),
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", help="With --prepare: the config folder to copy.")
    ] = CONFIG_FOLDER,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ADDRESS",
            help="With --prepare: IPv4 address of the machine that will play.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="With --prepare: [workers] most, if it is to differ."),
    ] = None,
) -> None:
    """Play many calls with SIPp against a switch that runs, and say what came of them.

    First, once, where the switch is to run:

    softswitch load --prepare loadtest

    softswitch run --config loadtest/config

    Then, there or on another machine that has a copy of the folder loadtest:

    softswitch load call --rate 20 --duration 60

    Ctrl-C begins no more calls, ends those that are up, and still writes the
    summary. The exit status is 1 if more calls failed than may.
    """
    if prepare is not None:
        _prepare(prepare, config, from_, workers)
        return
    from rich.console import Console

    from switch.load import accounts as accounts_file
    from switch.load import result as results
    from switch.load.accounts import place_of
    from switch.load.cast import Wish
    from switch.load.catalogue import LOADS, load_named
    from switch.load.play import play

    if scenario is None:
        lines = "\n".join(f"  {name:18}{one.what}" for name, one in LOADS.items())
        typer.echo(f"softswitch load SCENARIO, one of:\n{lines}", err=True)
        raise typer.Exit(2)
    load_named(scenario)
    wish = Wish(
        rate_per_s=rate,
        duration_s=duration,
        concurrent=concurrent,
        talk_ms=round(1000 * talk),
        ring_ms=round(1000 * ring),
        allowed_failed=allow_failed / _PERCENT,
        target=place_of(target) if target is not None else None,
    )
    console = Console(stderr=True)
    found, folder = play(
        scenario, accounts_file.read(accounts), wish, output, keep=keep, console=console
    )
    told = results.as_json(found).decode() if as_json else results.as_text(found)
    typer.echo(told, nl=False)
    typer.echo(f"{folder}/plot.html", err=True)
    raise typer.Exit(0 if found.is_good else 1)


def _prepare(folder: Path, config: Path, from_: str | None, workers: int | None) -> None:
    from switch.cli.folder import load_folder
    from switch.load.prepare import accounts_for, prepare

    settings = load_folder(config)
    accounts = accounts_for(settings, data_dir=folder / "var", from_address=from_)
    written = prepare(settings, accounts, folder, workers=workers)
    most = settings.workers.most if workers is None else workers
    typer.echo(
        f"{written} is {config} with {len(accounts.reps())} reps for a load. It has no other\n"
        "trunks, and a broker and a store of its own: no call of a load reaches anybody.\n"
        f"It can hold {most} conversations at once ([workers] most). Next, on this machine:\n\n"
        f"    softswitch run --config {written}\n\n"
        "and then, here or on the machine that is to play, with a copy of the folder:\n\n"
        f"    softswitch load call --accounts {folder}"
    )
