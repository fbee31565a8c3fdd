"""One conversation: the legs the switch has joined, and the transfer under way.

Pure: facts come in as events, wishes go out as commands, time is an argument.

    ids           names of legs and conversations, and a moment in time
    events        what happened, noun and past participle
    commands      what is to be done, verb and noun
    endings       how a leg ended, and which SIP status says so
    leg           one INVITE dialog: offered or placed, alerted, answered, released, ended
    transfer      one blind transfer: calling, ringing, then answered, failed or abandoned
    parts         what a leg is in its conversation just now: caller, talker, transferor, ...
    conversation  joins them; the only mutable object of the pure part
    states        writes STATES.md from the tables
"""
