#include "sched/hostfd.h"
#include "base/host.h"
#include "sched/worker.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

void bp_hostfd_init(struct bp_hostfd *source, int fd,
                    void (*notify)(struct bp_hostfd *source, u32 events))
{
    *source = (struct bp_hostfd){.fd = fd, .notify = notify};
}

static long control(struct bp_hostfd *source, int op)
{
    struct epoll_event event = {.events = source->events | EPOLLONESHOT, .data.ptr = source};

    return bp_host(SYS_epoll_ctl, bp_workers[source->cpu]->epoll_fd, op, source->fd, &event);
}

int bp_hostfd_arm(struct bp_hostfd *source, u32 events)
{
    long ret;

    if (source->events) {
        events |= source->events; /* still armed for something else */
        if (events == source->events)
            return 0;
    }
    if (!source->added)
        source->cpu = bp_cpu();
    u32 before = source->events;
    source->events = events;
    ret = control(source, source->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
    if (ret) {
        source->events = before;
        return (int)ret;
    }
    source->added = true;
    if (!before)
        __atomic_fetch_add(&bp_workers[source->cpu]->sources, 1, __ATOMIC_RELAXED);
    return 0;
}

void bp_hostfd_dispatch(struct bp_hostfd *source, u32 events)
{
    if (!source->events)
        return; /* disarmed after the kernel had queued the event */
    source->events = 0;
    __atomic_fetch_sub(&bp_workers[source->cpu]->sources, 1, __ATOMIC_RELAXED);
    source->notify(source, events);
}

void bp_hostfd_disarm(struct bp_hostfd *source)
{
    if (!source->added)
        return;
    control(source, EPOLL_CTL_DEL);
    source->added = false;
    if (source->events) {
        source->events = 0;
        __atomic_fetch_sub(&bp_workers[source->cpu]->sources, 1, __ATOMIC_RELAXED);
    }
}
