"""What processes of one node say to each other: pure messages and their framing.

worker    node <-> worker, JSON Lines over a Unix socket
survival  those by which node and workers outlive each other
nursery   node <-> nursery, likewise, and what a worker is told when it is made
edge      node <-> edge, netstrings of JSON over evapi's TCP connection
lines     what cuts JSON Lines as they come in
"""
