"""Threads: the leg records of one conversation, folded into one story.

``thread.py`` folds, ``heading.py`` is what threads are listed by, ``view.py`` makes of a thread
what machines are shown (with ``transfers.py`` and ``waits.py``), ``text.py`` what people read.
All of it is pure.
"""
