"""One conversation: the legs the switch has joined, and the transfer under way.

Pure: facts come in as events, wishes go out as commands, time is an argument.

    ids           names of legs and conversations, and a moment in time
    target        whom a call or a transfer is for, and who is at the far end of a leg
    events        what happened, noun and past participle
    commands      what is to be done, verb and noun
    endings       how a leg ended, and which SIP status says so
    leg           one INVITE dialog: offered or placed, alerted, answered, released, ended
    transfer      one blind transfer: calling, ringing, then answered, failed or abandoned
    roster        who is in a conversation and as what, and the steps all reactions share
    calling       reactions: the first call
    talking       reactions: hanging up, hold
    referring     reactions: a transfer begins
    transferring  reactions: a transfer goes on and ends
    reactions     which reaction answers which event, for every part a leg can have
    conversation  drives it all: the one thing that the worker holds
    states        writes STATES.md from the tables
"""
