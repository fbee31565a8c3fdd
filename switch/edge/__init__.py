"""The SIP edge: Kamailio's configuration, its credentials, and what can be asked of it.

The edge knows no dialplan. It proves who calls, asks the node for a plan (``node/edge``),
carries the plan out, and sends in-dialog requests to the worker that owns the dialog.
"""
