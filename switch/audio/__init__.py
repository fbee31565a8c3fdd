"""Sound as the demo and the tests need it: G.711, tones, music, RTP packets, who heard what.

Nothing here is part of a call: the audio of callers goes through rtpengine and never
through Python. No clock and no socket; the only files written are the music on hold and
the prompts.
"""
