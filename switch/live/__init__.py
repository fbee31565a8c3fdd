"""What goes on just now, as the bus tells it: who is doing what, and which calls there are.

``board.py`` folds what comes over the bus, ``card.py`` is what a rep's page shows of his call,
``floor.py`` what a supervisor's shows. All of it is pure.
"""
