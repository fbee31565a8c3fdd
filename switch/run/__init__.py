"""Starts, watches and stops the programs of a switch.

supervisor  all of them, in order
plans       how each is started, and when it is ready
child       one of them
broker      mosquitto's configuration
ports       whether the ports they need are free
"""
