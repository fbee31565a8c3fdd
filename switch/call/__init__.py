"""One conversation: the legs the switch has joined, and the transfer under way.

Pure: facts come in as events, wishes go out as commands, time is an argument.

    ids           names of legs and conversations, and a moment in time
    target        whom a call or a transfer is for, and who is at the far end of a leg
    events        what happened, noun and past participle
    commands      what is to be done, verb and noun
    endings       how a leg ended, and which SIP status says so
    leg           one INVITE dialog: offered or placed, alerted, answered, released, ended
    transfer      one blind transfer: calling, ringing, then answered, failed or abandoned
    recall        giving a transferee back to a transferor who has hung up
    roster        who is in a conversation and as what, and the steps all reactions share
    placing       how a leg is placed: to a target, back to the transferor, to a fallback
    joining       how two legs come to hear each other
    calling       reactions: the first call
    talking       reactions: hanging up, hold
    referring     reactions: a transfer begins
    transferring  reactions: a transfer goes on and ends
    returning     reactions: a transferor is back, and his phone may not know it
    recalling     reactions: a recall begins, goes on and ends
    choosing      reactions: what a rep chooses by desk, command or digits
    choice        what can be chosen just now, for whoever shows it
    reactions     which reaction answers which event, for every part a leg can have
    conversation  drives it all: the one thing that the worker holds
    states        writes STATES.md from the tables
"""
