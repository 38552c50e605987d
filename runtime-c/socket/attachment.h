/*
 * Attachments: processes outside that talk to programs of the runtime through memory (the npm
 * package's connect and createServer). Each has a region of its own (attached_layout.h), two
 * doorbells, and a connection to the control socket whose end is its end.
 *
 * All regions are made at start, so that they lie at the same addresses, with the same doorbells,
 * in every process that is forked later; they are sparse, and one that nobody uses holds no
 * memory. A region is used again, and a former client might still map it: whoever may attach is the
 * runtime's owner in any case. The launcher's worker 0 looks at what clients announce, for all
 * processes.
 *
 * Locking: a listener's lock comes before that of a client's half, then an attachment's, then the
 * turns and the lock of a program's half. The attachment's lock protects its slots' files and the
 * list of free slots; a slot that waits in line changes its phase under the lock of its half.
 */
#ifndef BP_SOCKET_ATTACHMENT_H
#define BP_SOCKET_ATTACHMENT_H

#include "base/lock.h"
#include "socket/attached_layout.h"
#include "socket/file.h"

enum {
    BP_ATTACHMENTS_MAX = 8
};

/* The phases of a slot. */
enum bp_attached_phase {
    BP_ATTACHED_UNUSED,
    BP_ATTACHED_WAITS, /* in the line before a program's listener */
    BP_ATTACHED_JOINED,
    BP_ATTACHED_LISTENS,
    BP_ATTACHED_REFUSED, /* the client has not closed it yet */
};

/* What the runtime knows of a slot, in the arena. */
struct bp_attached {
    struct bp_attached_slot *shared;
    u8 *to_runtime, *to_client; /* rings */
    struct bp_attachment *attachment;
    struct bp_file *file;    /* the program's half of the connection, while it has a descriptor */
    struct bp_file *outside; /* the client's half, or its listener */
    u32 head, tail;          /* of the rings: the words that we write */
    u32 phase;               /* enum bp_attached_phase */
    bool closed;             /* by the client */
};

struct bp_attachment;

/* The launcher, once, before the workers run. Returns 0 or negative errno; then there are none. */
int bp_attachments_init(void);

/*
 * The launcher's main thread: takes a region for a new client. Returns its number, -EBUSY when all
 * are taken. fds: the region, the doorbell to wait at, the doorbell to ring; they stay ours.
 */
int bp_attachment_open(int fds[3]);

/* The client is gone: resets its connections, ends its listeners, and frees the region soon. The
 * launcher's main thread. */
void bp_attachment_close(int number);

/* Descriptors of the runtime's that a forked child keeps: calls fn for each. */
void bp_attachments_each_doorbell(void (*fn)(int fd, void *arg), void *arg);

/* Tells the client to look at a slot. Any worker of any process. */
void bp_attached_mark(const struct bp_attached *slot);

/*
 * For listeners. A client waiting in the line of a program's listener was admitted, or refused. The
 * listener and the client's half are locked.
 */
void bp_attached_joined(struct bp_file *outside, struct bp_file *server);
void bp_attached_refused(struct bp_file *outside);

/* A program's fresh socket connects to a listener of a client, which is locked. Returns 0 or
 * -ECONNREFUSED. */
long bp_attached_offer(struct bp_file *listener, struct bp_file *client);

/* The program's half lost its last descriptor. Frees the slot when the client has closed, too. */
void bp_attached_leave(struct bp_file *file, bool abort);

/* What worker 0 does when the doorbell rings: looks at the slots that are marked. Tests, too. */
void bp_attachment_look(int number);

#endif
