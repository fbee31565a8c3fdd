"""``python -m switch.recording --config FOLDER``: turns what was recorded into sound files.

It runs beside the calls at the lowest priority, and may be killed at any moment.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import psutil
import structlog

from switch import logs
from switch.config import load
from switch.errors import ConfigError
from switch.ready import say_ready
from switch.recording.converter import Converter
from switch.recording.spool import Spool
from switch.recording.store import StoreFailed, open_store

_LOWEST = 19
_LOOK_EVERY_S = 1.0
_AGAIN_AFTER_S = 30.0

_log = structlog.get_logger()


def main() -> int:
    """Convert until SIGTERM, or once; return the exit status."""
    parser = argparse.ArgumentParser(prog="switch.recording")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--once", action="store_true", help="convert what is finished, and end")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        config = load(arguments.config)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- how logs look is not known yet
        return 1
    logs.set_up(level=config.logs.level, form=config.logs.format, part="recording")
    os.umask(0o077)
    os.nice(_LOWEST)
    psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
    try:
        converter = Converter(Spool(config.spool_dir), open_store(config), config.recording)
    except StoreFailed as error:
        _log.error("recording.no_store", problem=str(error))
        return 1
    say_ready()
    while True:
        all_went_well = converter.run_once()
        if arguments.once:
            return 0 if all_went_well else 1
        time.sleep(_LOOK_EVERY_S if all_went_well else _AGAIN_AFTER_S)


def _end(_number: int, _frame: FrameType | None) -> None:
    """End at once: whatever is under way is begun again the next time."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
