#include "socket/watch.h"
#include "socket/async.h"
#include "socket/remote.h"

#include <errno.h>

/* Puts a watch into its epoll instance's ready list. Returns true when somebody waited there. */
static bool queue_ready(struct bp_watch *watch)
{
    struct bp_file *epoll = watch->epoll;
    bool awaited;

    bp_lock(&epoll->lock);
    if (bp_list_empty(&watch->ready))
        bp_link_tail(&epoll->epoll.ready, &watch->ready);
    awaited = !bp_list_empty(&epoll->watches);
    if (awaited)
        bp_notify_slow(epoll, BP_EVENTS_READ);
    bp_unlock(&epoll->lock);
    return awaited;
}

/* Returns true when the event has found the one exclusive waiter it may wake. */
static bool tell(struct bp_watch *watch)
{
    if (watch->kind == BP_WATCH_EPOLL)
        return queue_ready(watch) && watch->events & EPOLLEXCLUSIVE;
    if (unlikely(watch->kind == BP_WATCH_ASYNC)) {
        bp_async_tell(watch);
        return false;
    }
    if (BP_HAS_NIC && watch->kind == BP_WATCH_REMOTE) {
        bp_remote_tell(watch);
        return false;
    }
    bp_unlink(&watch->node);
    bp_unpark_ref(watch->thread);
    return watch->kind == BP_WATCH_EXCLUSIVE;
}

void bp_notify_slow(struct bp_file *file, u32 events)
{
    bp_list_for_each_safe (node, &file->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);

        if (watch->events & events && tell(watch))
            return;
        bp_undo_forget();
    }
}

void bp_notify_all(struct bp_file *file, u32 events)
{
    bp_list_for_each_safe (node, &file->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);

        if (watch->events & events)
            tell(watch);
        bp_undo_forget();
    }
}

int bp_watch_thread(struct bp_watch **watch, struct bp_file *file, u32 events,
                    enum bp_watch_kind kind)
{
    struct bp_watch *w = bp_pool_get(BP_POOL_WATCH);

    if (!w)
        return -ENOMEM;
    w->file = file;
    w->thread = bp_thread_ref(bp_current());
    w->events = events | BP_EVENTS_ALWAYS;
    w->kind = (u8)kind;
    bp_list_init(&w->member);
    if (unlikely(bp_estate))
        bp_link_tail(&bp_estate->watches, &w->member);
    bp_link_tail(&file->watches, &w->node);
    *watch = w;
    return 0;
}

/* Its file is locked. */
static void free_watch(struct bp_watch *watch)
{
    bp_unlink(&watch->node);
    bp_unlink(&watch->member);
    bp_pool_put(BP_POOL_WATCH, watch);
}

void bp_watches_bury(struct bp_estate *estate)
{
    while (!bp_list_empty(&estate->watches)) {
        struct bp_watch *watch = bp_list_first(&estate->watches, struct bp_watch, member);
        struct bp_file *file = watch->file;

        bp_lock(&file->lock);
        free_watch(watch);
        bp_unlock(&file->lock);
    }
}

bool bp_watch_end(struct bp_watch *watch)
{
    struct bp_file *file = watch->file;
    bool woken;

    bp_lock(&file->lock);
    woken = bp_list_empty(&watch->node);
    free_watch(watch);
    bp_unlock(&file->lock);
    return woken;
}

int bp_watch_park(struct bp_watch *watch, u64 deadline)
{
    int ret = bp_park(deadline);

    if (bp_watch_end(watch))
        return 0;
    if (ret == -EINTR && deadline != BP_NEVER)
        bp_current()->no_restart = BP_NO_RESTART_EVER;
    return ret;
}

int bp_file_wait(struct bp_file *file, u32 events, enum bp_watch_kind kind, u64 deadline)
{
    struct bp_watch *watch;
    int ret = bp_watch_thread(&watch, file, events, kind);

    if (ret) {
        bp_unlock(&file->lock);
        return ret;
    }
    bp_park_begin();
    bp_unlock(&file->lock);
    return bp_watch_park(watch, deadline);
}

/*
 * The instance's turn comes before the file's lock, so it is only tried. As long as the watch is in
 * the file's list, its instance exists: the instance's release takes the file's lock to unlink it.
 */
void bp_watch_forget(struct bp_file *file)
{
    bp_lock(&file->lock);
    while (!bp_list_empty(&file->watches)) {
        struct bp_watch *watch = bp_list_first(&file->watches, struct bp_watch, node);
        struct bp_file *epoll = watch->epoll;

        if (watch->kind == BP_WATCH_ASYNC) {
            bp_unlink(&watch->node);
            bp_pool_put(BP_POOL_WATCH, watch);
            bp_undo_forget();
            continue;
        }
        if (!bp_trylock(&epoll->read_turn)) {
            bp_unlock(&file->lock);
            bp_lock_await(&epoll->read_turn);
            bp_lock(&file->lock);
            continue;
        }
        bp_lock(&epoll->lock);
        bp_unlink(&watch->node);
        bp_unlink(&watch->ready);
        bp_unlink(&watch->member);
        bp_pool_put(BP_POOL_WATCH, watch);
        bp_unlock(&epoll->lock);
        bp_unlock(&epoll->read_turn);
    }
    bp_unlock(&file->lock);
}
