"""What processes of one node say to each other: pure messages and their framing.

    worker    node <-> worker, JSON Lines over a socket pair
    edge      node <-> edge, netstrings of JSON over evapi's TCP connection
"""
