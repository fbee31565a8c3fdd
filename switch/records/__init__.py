"""Leg records: the immutable account of a leg, as published on the bus.

``leg.py`` is the record itself, ``of_leg.py`` writes one, ``codec.py`` is its CloudEvents
JSON, ``topics.py`` where on the bus it is found. All of it is pure: no clock, no bus, no file.
"""
