"""rtpengine, as all of our programs speak to it.

ng  its control protocol
"""
