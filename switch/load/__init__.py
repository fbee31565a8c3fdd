"""Load: SIPp plays many calls against a switch that runs, and what comes of it is counted.

Rules of this package:

* It is a user of the switch, over SIP, as any phone is. Of a switch on this machine it also asks
  the kernel what its processes cost; it never asks the switch itself.
* Times come from what SIPp has written of each message, never from our own clock.
* ``catalogue`` says what is played, ``accounts`` who plays, ``timeline`` and ``counts`` read what
  SIPp writes, ``run`` puts them together.
"""
