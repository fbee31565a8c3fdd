"""The desk: takes leg records from the bus, keeps them, and shows the threads they make.

``assembler.py`` listens, ``intake.py`` takes (``letters.py``: what is no record), ``store/``
keeps, ``upkeep.py`` clears away, ``cli.py`` shows, ``asker.py`` asks the switch to do
something; ``python -m switch.desk`` is the desk as a process of its own.
"""
