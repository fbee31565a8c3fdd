"""A sales team's telephone switch: blind transfers that stay one conversation.

The packages, each importing only those below it:

* ``cli``, ``demo``: what a person types; ``run``: starts and stops everything
* ``node``: takes calls from the edge, hands them to workers; ``desk``: makes threads
* ``worker``: one conversation, pjsua2 for its signalling, rtpengine for its audio
* ``edge``: Kamailio's configuration, and the reps' credentials; ``media``: rtpengine's protocol
* ``config``, ``logs``, ``ports``: settings, log lines, promises of the adapters
* ``wire``, ``threads``, ``presence``, ``records``, ``call``, ``sip``: the pure part;
  values in, values out, no clock and no I/O

Who should ring for a number is decided outside, in the package ``dialplan``.
"""

__version__ = "0.1.0"
