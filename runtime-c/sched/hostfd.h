/*
 * Waiting for file descriptors of the host (terminals, pipes and sockets that lead outside). Each
 * worker owns one epoll instance of the host, which it asks without waiting now and then while
 * programs run, and in which it sleeps when nothing does.
 */
#ifndef BP_SCHED_HOSTFD_H
#define BP_SCHED_HOSTFD_H

#include "base/base.h"

struct bp_hostfd {
    int fd;
    u32 events; /* EPOLLIN ... that notify is called for */
    /* Runs in the worker's context and must not park. One-shot: bp_hostfd_arm asks for the next
     * event. */
    void (*notify)(struct bp_hostfd *source, u32 events);
    u32 cpu; /* worker that watches it */
    bool added;
};

void bp_hostfd_init(struct bp_hostfd *source, int fd,
                    void (*notify)(struct bp_hostfd *source, u32 events));

/*
 * Asks for one notification of any of events. Returns 0, -EPERM when the descriptor cannot be
 * polled (a regular file: always ready), or another negative errno of epoll_ctl(2).
 */
int bp_hostfd_arm(struct bp_hostfd *source, u32 events);

/* Stops watching; notify will not be called any more. Before the descriptor is closed. */
void bp_hostfd_disarm(struct bp_hostfd *source);

#endif
