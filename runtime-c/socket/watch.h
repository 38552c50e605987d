/*
 * Notification: every description has a list of watches, and whoever changes what it is ready for
 * calls bp_notify. A watch belongs to a thread that is parked, or to an epoll instance, in whose
 * list of ready watches it is then put. Nobody is ever asked in a loop: an event costs the watches
 * of its file only.
 *
 * Watches live in the arena, from a pool. Whoever notifies is done with a watch before the next one
 * (base/undo.h), and what was changed before is whole.
 */
#ifndef BP_SOCKET_WATCH_H
#define BP_SOCKET_WATCH_H

#include "base/base.h"
#include "sched/hand.h"
#include "socket/file.h"

#include <sys/epoll.h>

enum bp_watch_kind {
    BP_WATCH_THREAD,    /* parked; taken off the list when woken */
    BP_WATCH_EXCLUSIVE, /* the same, and at most one of them is woken by one event */
    BP_WATCH_RECEIVER,  /* the same as the first, and takes data directly (struct bp_receive) */
    BP_WATCH_EPOLL,
    BP_WATCH_ASYNC,  /* the owner of O_ASYNC (socket/async.h); one for each file */
    BP_WATCH_REMOTE, /* a connection over a NIC (socket/remote.h), on its wire half */
};

struct bp_watch {
    struct bp_list node;  /* in file->watches */
    struct bp_list ready; /* epoll: in the instance's ready list, or empty */
    struct bp_file *file;
    union {
        struct bp_file *epoll;
        bp_ref thread;
        struct {
            s32 owner, signal;
        } async;
    };
    u64 data;   /* epoll_event.data */
    u32 events; /* wanted; and EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE */
    u32 fd : 24, kind : 8;
    /* Not touched by notification and harvest. */
    struct bp_list
        member; /* in the epoll instance's list of all; a thread's: in its process's estate */
};

/* These are reported whether asked for or not. */
#define BP_EVENTS_ALWAYS ((u32)(EPOLLERR | EPOLLHUP))
#define BP_EVENTS_READ ((u32)(EPOLLIN | EPOLLRDNORM))
#define BP_EVENTS_WRITE ((u32)(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND))

/* Frees those of the threads of a process that was killed. */
void bp_watches_bury(struct bp_estate *estate);

BP_COLD void bp_notify_slow(struct bp_file *file, u32 events);

/* Announces events to the watches. The file's lock is held. */
BP_INLINE void bp_notify(struct bp_file *file, u32 events)
{
    if (!bp_list_empty(&file->watches))
        bp_notify_slow(file, events);
}

/* As bp_notify, but to all watches, exclusive ones too. */
void bp_notify_all(struct bp_file *file, u32 events);

/* The file has no references left: takes it out of the epoll instances that watch it. */
void bp_watch_forget(struct bp_file *file);

/*
 * Links a thread's watch. The file's lock is held. Returns 0 or -ENOMEM. Exclusive ones go to the
 * end, so that the one that waits longest is woken first and epoll instances are told before them.
 */
int bp_watch_thread(struct bp_watch **watch, struct bp_file *file, u32 events,
                    enum bp_watch_kind kind);

/* Unlinks unless it was woken, and frees. Takes the file's lock. Returns true when it had been
 * woken. */
bool bp_watch_end(struct bp_watch *watch);

/*
 * Parks the current thread, after bp_park_begin, until its watch is told or the deadline; ends the
 * watch. Returns as bp_file_wait.
 */
int bp_watch_park(struct bp_watch *watch, u64 deadline);

/*
 * Parks the current thread until events are announced for file. Called with the file's lock held,
 * after the caller found that it must wait; drops the lock. Returns 0 (look again), -ETIMEDOUT,
 * -EINTR, -ENOMEM. A thread that was woken and interrupted at once gets 0: it must look before it
 * gives up, or the wake-up would be lost for others.
 */
int bp_file_wait(struct bp_file *file, u32 events, enum bp_watch_kind kind, u64 deadline);

#endif
