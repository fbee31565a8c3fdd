"""``make bench-table``: writes the figures of the last ``make bench`` into README.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench.figures import FOLDER, LATEST, as_markdown, in_readme


def main(readme: Path, latest: Path) -> int:
    """Write the table; return the exit status."""
    try:
        run = json.loads(latest.read_text(encoding="utf-8"))
        written = in_readme(readme.read_text(encoding="utf-8"), as_markdown(run))
    except FileNotFoundError as error:
        print(f"{error.filename} is not there: make bench", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"{readme}: {error}", file=sys.stderr)
        return 1
    readme.write_text(written, encoding="utf-8")
    print(f"{readme}: {len(run['rows'])} figures of {run['date']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path("README.md"), FOLDER / LATEST))
