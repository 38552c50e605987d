/* What slots and regions share: an attachment as its parts see it. */
#ifndef BP_SOCKET_ATTACHMENT_STATE_H
#define BP_SOCKET_ATTACHMENT_STATE_H

#include "socket/attachment.h"

enum bp_attachment_state {
    BP_ATTACHMENT_FREE,
    BP_ATTACHMENT_OPEN,
    BP_ATTACHMENT_CLOSING,
};

struct bp_attachment {
    struct bp_lock lock;
    u32 state; /* enum bp_attachment_state; taken by the launcher's main thread, freed by worker 0
                */
    struct bp_attached_header *header;
    int region_fd, client_fd, runtime_fd; /* the same numbers in every process */
    u32 free_count;
    u16 free[BP_ATTACHED_SLOTS - BP_ATTACHED_CLIENT_SLOTS]; /* the runtime's slots; last in, first
                                                               out */
    struct bp_attached slots[BP_ATTACHED_SLOTS];
};

/* The client is gone, the state CLOSING: ends what it had under way. */
void bp_attached_end_all(struct bp_attachment *attachment);

/* Looks at the slots that the client has marked. Worker 0 of the launcher. */
void bp_attached_look(struct bp_attachment *attachment);

#endif
