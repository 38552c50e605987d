/*
 * Listening sockets and the queues before them, common to TCP and AF_UNIX. A connection is made by
 * the connecting side: its pair's second half goes into the listener's queue, complete, and accept
 * only gives it a descriptor. When the queue is full, clients wait in line, and accept admits the
 * next one.
 */
#ifndef BP_SOCKET_LOCAL_LISTENER_H
#define BP_SOCKET_LOCAL_LISTENER_H

#include "socket/file.h"

/* Turns a fresh, bound socket into a listener; its host_fd, if it has one, listens too. Lock of the
 * file held. */
void bp_listener_init(struct bp_file *file, u32 backlog);

/*
 * Connects a fresh socket whose address is settled to a listener of this runtime. Returns 0 when
 * connected; -EAGAIN when the queue is full and wait is false; -EINPROGRESS when it now waits in
 * line (state BP_STATE_CONNECTING); -ECONNREFUSED when the listener is closing.
 */
long bp_listener_connect(struct bp_file *listener, struct bp_file *client, bool wait);

/* Whether one more connection would be let in. */
BP_INLINE bool bp_listener_has_room(const struct bp_file *listener)
{
    /* Linux lets one more in than was asked for. */
    return listener->sock.queued <= listener->sock.backlog;
}

/* Takes a client out of the line again. Returns false when it was connected or refused meanwhile.
 */
bool bp_listener_leave(struct bp_file *client);

/* accept(2) without descriptors: a connected half with a reference, or NULL and *error. flags:
 * SOCK_*. */
struct bp_file *bp_listener_accept(struct bp_file *listener, u32 flags, long *error);

/* Gives back what could not be installed. */
void bp_listener_unaccept(struct bp_file *listener, struct bp_file *accepted);

/*
 * A descriptor of it was closed, maybe the last one of a process, maybe after that has died; the
 * caller has a reference. Connections from outside are announced to the process that armed last:
 * whoever is left looks and arms anew.
 */
void bp_listener_hand_over(struct bp_file *listener);

/* Ends listening: who is in the queue is reset, who waits in line is refused. Not locked. */
void bp_listener_stop(struct bp_file *listener);

u32 bp_listener_poll(struct bp_file *listener, u32 interest);

#endif
