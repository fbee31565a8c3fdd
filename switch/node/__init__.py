"""The node: answers the edge, keeps the workers, says on the bus what has happened.

node        puts the parts together
switchboard all that decides about calls, put together
calls       what it knows of those that are up
link        its end of evapi: the edge asks, it answers
router      decides what becomes of each request
refer       reads a REFER
routes      what the dialplan answers, in the words of call control
ways        finds the way to whom a worker calls
referrals   answers REFERs
hunts       rings territories
running_hunt  one of those hunts
kept_hunt   what is kept of it for the next node
outside     calls that leave through a trunk
identity    who we say out there that we are
reps        what each rep is doing
targets     whom a call may be transferred to
choices     carries out what transferors choose
commands    its ear on the bus
plans       the plans that answer the edge
asking      asks a worker and waits for its answer
pool        the workers: warm spares, growth, rest, replacement
workers     who of them is where, and who is free
pooled      one of them
line        is the line of one, and of the nursery
vigil       tells when its process ends
door        where nursery and workers come in
nursery     its hold on the process that forks workers
refused     the records of calls that no worker had or finished
ledger      what it must not forget, in a file
schema      its tables
entries     what is kept there
changes     what one transaction changes there
journal     has it written, many entries at a time
pen         the thread that does
errors      what can go wrong with it
outbox      watches how much of the disk is taken
keeping     how long messages are kept that were sent
replaying   publishes it again
erasing     takes a person out of it
gate        lets new calls in only while their records can be kept
publisher   its voice on the bus
sender      sends the records of it
refusals    what it means that the broker refuses one
retained    what it keeps there for whoever comes later
bus         its connections to the broker
worker_settings  what its workers are told
"""
