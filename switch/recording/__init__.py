"""What was recorded of a conversation, and how it becomes a file people can listen to.

rtpengine writes what it receives to the spool folder, as it comes; the worker writes beside it,
line by line, whose ports are whose and who was heard when (:mod:`switch.recording.tape.line`).
When the conversation is over, a converter (``python -m switch.recording``), which has no part in
any call, makes one file of both and puts it into the store.

::

    spool/plans/CONVERSATION.jsonl        what the worker writes
    spool/pcaps/CONVERSATION-HEX16.pcap   what rtpengine writes, one a ``start recording``
    spool/metadata, spool/tmp             rtpengine's notes for itself, which nobody reads
    spool/made                            what the converter is about to store

What rtpengine 10.5.3 does with ``--recording-dir=SPOOL --recording-method=pcap``, found by
experiment (``tests/contract/media/test_recording.py`` holds it to the most important):

* In the pcap is what **arrives** at rtpengine, RTP and RTCP, as IP packets without an Ethernet
  header (link type 101), from the phone's address to rtpengine's port: the port that the leg's
  description names, so the port tells whose packet it is. Nothing that rtpengine sends is in
  it: no transcoded copy, no music, no prompt.
* What arrives is kept **also while it is blocked** (``block media``): a transferor who has sent
  REFER, a target before he answered, early media. Only the plan tells who was heard.
* Strangers are kept too: whatever anybody sends to a port, also what is no RTP. SRTP is kept
  decrypted; what cannot be decrypted is kept as it came. Keys (RFC 4733) are kept, as their own
  payload type.
* A leg that comes into the call later (a transfer) is recorded like the first ones, in the same
  file. With ``port-latching`` the customer's port stays the same.
* ``start recording`` may be said before anybody answered. Said again while it records, it has no
  effect. ``stop recording`` closes the file; the next start begins **another file**: the name
  of each is the Call-ID, percent-encoded, ``-`` and 16 random hex digits.
* ``pause recording`` does not exist ("Unrecognized command"); stop and start do the same.
  ``recording-file`` and ``output-destination`` are accepted and have no effect. ``metadata``
  is copied to the end of the file in ``metadata``, which appears when the recording ends and
  otherwise holds the descriptions that were exchanged.
* ``delete`` of the call ends its recording in order.
* It writes in blocks of 4096 bytes. After ``kill -9`` the last 0.1 to 0.2 s are missing (more
  for a codec that needs less), and the last packet is torn. The descriptions stay in ``tmp``.
  A new rtpengine leaves all files alone.
* Without ``--recording-dir`` it answers ``start recording`` with ``ok`` and records nothing. The
  file is there before the answer is, so that can be seen. It does not start if the folder's
  parent is missing.
* It makes the folder with mode 0700 and everything in it readable for all.
* A call is not forwarded by the kernel while it is recorded (its manual says so).
"""
