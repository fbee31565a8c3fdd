"""``python -m switch`` is ``softswitch``."""

from switch.cli import main

if __name__ == "__main__":
    main()
