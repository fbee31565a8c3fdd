"""What processes of one node say to each other: pure messages and their framing.

worker    node <-> worker, JSON Lines over a socket pair
nursery   node <-> nursery, one JSON object a packet, and what a worker is told when it is made
edge      node <-> edge, netstrings of JSON over evapi's TCP connection
"""
