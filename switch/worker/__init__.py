"""One conversation, one process: pjsua2 and rtpengine on one side, the pure part on the other.

nursery      forks workers from a process that has imported pjsua2 already
worker       ties it all together: what the node says, what SIP says, one timer
node_line    its line to whichever node is there
saying       what is said again to the next node
stack        pjsua2: one endpoint, one UDP socket, no media; the only importer of it
dialog       one INVITE dialog: a pjsua2 ``Call`` whose callbacks only report
facts        what the stack reports
perform      carries out the commands of the conversation, in order
media        the session descriptions of the legs, passed through rtpengine
offers told  who was offered whose media, and what each phone was told
reanchoring  an rtpengine that was started anew is told all of it again
"""
