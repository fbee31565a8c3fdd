"""What was captured, and where on the time line each packet belongs. Pure.

A worker may import :mod:`switch.recording.tape.line`; nothing here needs numpy or PyAV.
"""
