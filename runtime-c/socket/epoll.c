/*
 * epoll(7). A watch is found from the file: it is the one in the file's list that belongs to the
 * instance and was added under that descriptor, nearly always the first. The ready list is the only
 * thing that epoll_wait looks at; a level-triggered watch stays in it when it was reported, and
 * leaves it silently when it turns out not to be ready any more.
 */
#include "socket/epoll.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/poll_file.h"
#include "socket/socket_calls.h"
#include "socket/timeout.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <limits.h>

enum {
    NESTS_MAX = 4, /* EP_MAX_NESTS */
};

#define EVENT_FLAGS ((u32)(EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE))
#define EXCLUSIVE_ALLOWED \
    ((u32)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE))

/* Adding an instance to another one: no two at a time, so that no two can close a loop together. */
static struct bp_lock nesting_lock;

/* ---- creation and end ---- */

long bp_sys_epoll_create1(u64 flags)
{
    struct bp_file *epoll;
    int fd;

    if (flags & ~(u64)EPOLL_CLOEXEC)
        return -EINVAL;
    epoll = bp_file_create(BP_FILE_EPOLL, BP_MODE_READ | BP_MODE_WRITE);
    if (!epoll)
        return -ENOMEM;
    bp_list_init(&epoll->epoll.members);
    bp_list_init(&epoll->epoll.ready);
    fd = bp_fd_install(epoll, flags & EPOLL_CLOEXEC);
    if (fd < 0)
        bp_file_drop(epoll);
    return fd;
}

long bp_sys_epoll_create(u64 size)
{
    return (int)size <= 0 ? -EINVAL : bp_sys_epoll_create1(0);
}

/* Takes a watch out of its file and its instance. The instance's turn is ours. */
static void unlink_watch(struct bp_watch *watch)
{
    struct bp_file *file = watch->file, *epoll = watch->epoll;

    bp_lock(&file->lock);
    bp_lock(&epoll->lock);
    bp_unlink(&watch->node);
    bp_unlink(&watch->ready);
    bp_unlink(&watch->member);
    bp_pool_put(BP_POOL_WATCH, watch);
    bp_unlock(&epoll->lock);
    bp_unlock(&file->lock);
}

void bp_epoll_release(struct bp_file *epoll)
{
    bp_lock(&epoll->read_turn);
    while (!bp_list_empty(&epoll->epoll.members))
        unlink_watch(bp_list_first(&epoll->epoll.members, struct bp_watch, member));
    bp_unlock(&epoll->read_turn);
    bp_file_free(epoll);
}

/* ---- nesting ---- */

/* How many instances are nested below; more than allowed when target is among them. */
static u32 depth_below(struct bp_file *epoll, const struct bp_file *target, u32 nests)
{
    u32 deepest = 0;

    if (epoll == target || nests > NESTS_MAX)
        return NESTS_MAX + 1;
    bp_lock(&epoll->read_turn);
    bp_list_for_each (node, &epoll->epoll.members) {
        struct bp_file *inner = bp_list_entry(node, struct bp_watch, member)->file;

        if (inner->kind == BP_FILE_EPOLL)
            deepest = BP_MAX(deepest, 1 + depth_below(inner, target, nests + 1));
    }
    bp_unlock(&epoll->read_turn);
    return deepest;
}

static u32 depth_above(struct bp_file *epoll, u32 nests)
{
    u32 highest = 0;

    if (nests > NESTS_MAX)
        return nests;
    bp_lock(&epoll->lock);
    bp_list_for_each (node, &epoll->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);

        if (watch->kind == BP_WATCH_EPOLL)
            highest = BP_MAX(highest, 1 + depth_above(watch->epoll, nests + 1));
    }
    bp_unlock(&epoll->lock);
    return highest;
}

static bool nests_too_deep(struct bp_file *epoll, struct bp_file *inner)
{
    return depth_below(inner, epoll, 0) + 1 + depth_above(epoll, 0) > NESTS_MAX;
}

/* ---- control; the instance's turn is ours ---- */

static struct bp_watch *find(struct bp_file *epoll, struct bp_file *file, u32 fd)
{
    struct bp_watch *found = NULL;

    bp_lock(&file->lock);
    bp_list_for_each (node, &file->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);

        if (watch->kind == BP_WATCH_EPOLL && watch->epoll == epoll && watch->fd == fd) {
            found = watch;
            break;
        }
    }
    bp_unlock(&file->lock);
    return found;
}

/* Puts a watch into the ready list when its file is ready for something it wants. */
static void check(struct bp_file *epoll, struct bp_watch *watch)
{
    if (!(bp_file_poll(watch->file, watch->events) & watch->events))
        return;
    bp_lock(&epoll->lock);
    if (bp_list_empty(&watch->ready)) {
        bp_undo_owe(epoll);
        bp_link_tail(&epoll->epoll.ready, &watch->ready);
        bp_notify(epoll, BP_EVENTS_READ);
    }
    bp_unlock(&epoll->lock);
}

static long add(struct bp_file *epoll, struct bp_file *file, u32 fd,
                const struct epoll_event *event)
{
    struct bp_watch *watch;

    if (find(epoll, file, fd))
        return -EEXIST;
    watch = bp_pool_get(BP_POOL_WATCH);
    if (!watch)
        return -ENOMEM;
    bp_list_init(&watch->ready);
    watch->file = file;
    watch->epoll = epoll;
    watch->data = event->data.u64;
    watch->events = event->events | BP_EVENTS_ALWAYS;
    watch->fd = fd;
    watch->kind = BP_WATCH_EPOLL;
    bp_lock(&file->lock);
    bp_lock(&epoll->lock);
    if (event->events & EPOLLEXCLUSIVE)
        bp_link_tail(&file->watches, &watch->node);
    else
        bp_link_head(&file->watches, &watch->node);
    bp_link_head(&epoll->epoll.members, &watch->member);
    bp_unlock(&epoll->lock);
    bp_unlock(&file->lock);
    check(epoll, watch);
    return 0;
}

static long modify(struct bp_file *epoll, struct bp_file *file, u32 fd,
                   const struct epoll_event *event)
{
    struct bp_watch *watch = find(epoll, file, fd);

    if (!watch)
        return -ENOENT;
    if ((watch->events | event->events) & EPOLLEXCLUSIVE)
        return -EINVAL;
    bp_lock(&file->lock);
    watch->events = event->events | BP_EVENTS_ALWAYS;
    watch->data = event->data.u64;
    bp_unlock(&file->lock);
    check(epoll, watch);
    return 0;
}

static long delete(struct bp_file *epoll, struct bp_file *file, u32 fd)
{
    struct bp_watch *watch = find(epoll, file, fd);

    if (!watch)
        return -ENOENT;
    unlink_watch(watch);
    return 0;
}

static long add_instance(struct bp_file *epoll, struct bp_file *file, u32 fd,
                         const struct epoll_event *event)
{
    long ret = -ELOOP;

    if (event->events & EPOLLEXCLUSIVE)
        return -EINVAL;
    bp_lock(&nesting_lock);
    if (!nests_too_deep(epoll, file)) {
        bp_lock(&epoll->read_turn);
        ret = add(epoll, file, fd, event);
        bp_unlock(&epoll->read_turn);
    }
    bp_unlock(&nesting_lock);
    return ret;
}

static long control(struct bp_file *epoll, struct bp_file *file, int op, u32 fd,
                    const struct epoll_event *event)
{
    long ret;

    if (!bp_file_can_poll(file))
        return -EPERM;
    if (epoll == file || epoll->kind != BP_FILE_EPOLL)
        return -EINVAL;
    if (op == EPOLL_CTL_ADD && unlikely(event->events & EPOLLEXCLUSIVE) &&
        event->events & ~EXCLUSIVE_ALLOWED)
        return -EINVAL;
    if (op == EPOLL_CTL_ADD && unlikely(file->kind == BP_FILE_EPOLL))
        return add_instance(epoll, file, fd, event);
    bp_lock(&epoll->read_turn);
    switch (op) {
    case EPOLL_CTL_ADD:
        ret = add(epoll, file, fd, event);
        break;
    case EPOLL_CTL_MOD:
        ret = modify(epoll, file, fd, event);
        break;
    case EPOLL_CTL_DEL:
        ret = delete (epoll, file, fd);
        break;
    default:
        ret = -EINVAL;
    }
    bp_unlock(&epoll->read_turn);
    return ret;
}

long bp_sys_epoll_ctl(u64 epfd, u64 op, u64 fd, u64 user_event)
{
    struct epoll_event event = {0};
    struct bp_file *epoll, *file;
    long ret = -EBADF;

    if (op != EPOLL_CTL_DEL && unlikely(bp_copy(&event, (const void *)user_event, sizeof(event))))
        return -EFAULT;
    epoll = bp_fd_get(epfd);
    if (unlikely(!epoll))
        return -EBADF;
    file = bp_fd_get(fd);
    if (likely(file != NULL)) {
        ret = control(epoll, file, (int)op, (u32)fd, &event);
        bp_fd_put(file);
    }
    bp_fd_put(epoll);
    return ret;
}

/* ---- waiting ---- */

static long put_event(struct epoll_event *user, const struct bp_watch *watch, u32 mask)
{
    struct epoll_event event = {.events = mask, .data.u64 = watch->data};

    return bp_copy(user, &event, sizeof(event));
}

static void requeue(struct bp_file *epoll, struct bp_watch *watch)
{
    bp_lock(&epoll->lock);
    if (bp_list_empty(&watch->ready))
        bp_link_tail(&epoll->epoll.ready, &watch->ready);
    bp_unlock(&epoll->lock);
}

static void dequeue(struct bp_file *epoll, struct bp_watch *watch)
{
    bp_lock(&epoll->lock);
    bp_unlink(&watch->ready);
    bp_unlock(&epoll->lock);
}

BP_INLINE u32 events_of(const struct bp_watch *watch)
{
    return bp_file_poll(watch->file, watch->events) & watch->events;
}

/* Edge-triggered or for once: out of the list first, so that an event that comes now queues it
 * again. */
static long report_once(struct bp_file *epoll, struct bp_watch *watch, struct epoll_event *user)
{
    u32 mask;

    dequeue(epoll, watch);
    mask = events_of(watch);
    if (!mask)
        return 0;
    if (unlikely(put_event(user, watch, mask))) {
        requeue(epoll, watch);
        return -EFAULT;
    }
    if (watch->events & EPOLLONESHOT)
        watch->events &= EVENT_FLAGS;
    return 1;
}

/* Level-triggered: stays where it is while it is ready, and leaves the list silently when not. */
static long report_level(struct bp_file *epoll, struct bp_watch *watch, struct epoll_event *user)
{
    u32 mask = events_of(watch);

    if (unlikely(!mask)) {
        dequeue(epoll, watch);
        if (BP_MAY_SHARE && unlikely(bp_lock_shared) && events_of(watch))
            requeue(epoll, watch); /* it became ready between the look and the removal */
        return 0;
    }
    return unlikely(put_event(user, watch, mask)) ? -EFAULT : 1;
}

static struct bp_list *next_ready(struct bp_file *epoll, struct bp_list *node)
{
    struct bp_list *next;

    bp_lock(&epoll->lock);
    next = node->next;
    bp_unlock(&epoll->lock);
    return next;
}

/*
 * Reports from the front of the ready list. When it does not get to the end, the list's head moves
 * behind what was reported, so that the rest comes first next time. Returns events, or -EFAULT when
 * the first could not be told.
 */
static long harvest(struct bp_file *epoll, struct epoll_event *user, u32 max)
{
    struct bp_list *head = &epoll->epoll.ready, *node = next_ready(epoll, head), *next;
    u32 count = 0;
    long ret = 0;

    for (; node != head && count < max; node = next) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, ready);
        bool level = !(watch->events & (EPOLLET | EPOLLONESHOT));

        next = next_ready(epoll, node);
        ret = level ? report_level(epoll, watch, &user[count])
                    : report_once(epoll, watch, &user[count]);
        if (unlikely(ret < 0))
            break;
        count += (u32)ret;
    }
    if (node != head) {
        bp_lock(&epoll->lock);
        bp_unlink(head);
        bp_link_tail(node, head);
        bp_unlock(&epoll->lock);
    }
    return count ? (long)count : ret;
}

static long take_events(struct bp_file *epoll, u64 user, u32 max)
{
    long ret;

    if (bp_list_empty(&epoll->epoll.ready))
        return 0;
    bp_lock(&epoll->read_turn);
    ret = harvest(epoll, (struct epoll_event *)user, max);
    bp_unlock(&epoll->read_turn);
    bp_lock(&epoll->lock);
    if (!bp_list_empty(&epoll->epoll.ready))
        bp_notify(epoll, BP_EVENTS_READ); /* there is more: the next waiter's turn */
    bp_unlock(&epoll->lock);
    return ret;
}

/* timeout: ns; 0 does not wait, BP_NEVER waits for ever. */
static long wait_events(struct bp_file *epoll, u64 user, u32 max, u64 timeout)
{
    u64 deadline = timeout == BP_NEVER ? BP_NEVER : 0;
    long ret;

    for (;;) {
        ret = take_events(epoll, user, max);
        if (ret || !timeout)
            return ret;
        if (!deadline)
            deadline = bp_now() + timeout;
        bp_lock(&epoll->lock);
        if (!bp_list_empty(&epoll->epoll.ready)) {
            bp_unlock(&epoll->lock);
            continue;
        }
        ret = bp_file_wait(epoll, BP_EVENTS_READ, BP_WATCH_EXCLUSIVE, deadline);
        if (ret)
            return ret == -ETIMEDOUT ? 0 : ret;
    }
}

static long wait_call(u64 epfd, u64 events, u64 max, u64 timeout)
{
    struct bp_file *epoll;
    long ret = -EINVAL;

    if ((int)max <= 0 || max > INT_MAX / sizeof(struct epoll_event))
        return -EINVAL;
    epoll = bp_fd_get(epfd);
    if (unlikely(!epoll))
        return -EBADF;
    if (likely(epoll->kind == BP_FILE_EPOLL))
        ret = wait_events(epoll, events, (u32)max, timeout);
    bp_fd_put(epoll);
    return ret;
}

BP_INLINE u64 from_msec(u64 msec)
{
    return (int)msec < 0 ? BP_NEVER : (u64)(int)msec * BP_NSEC_PER_MSEC;
}

long bp_sys_epoll_wait(u64 epfd, u64 events, u64 max, u64 timeout)
{
    return wait_call(epfd, events, max, from_msec(timeout));
}

long bp_sys_epoll_pwait(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 mask_size)
{
    long ret = mask ? bp_upcalls.set_signal_mask(mask, mask_size) : 0;

    return ret ? ret : wait_call(epfd, events, max, from_msec(timeout));
}

long bp_sys_epoll_pwait2(u64 epfd, u64 events, u64 max, u64 timeout, u64 mask, u64 mask_size)
{
    u64 ns = BP_NEVER;
    long ret = timeout ? bp_get_timespec(&ns, timeout) : 0;

    if (!ret && mask)
        ret = bp_upcalls.set_signal_mask(mask, mask_size);
    return ret ? ret : wait_call(epfd, events, max, ns);
}

/* Ready when any watch in the ready list really is; the others are dropped from it. */
u32 bp_epoll_poll(struct bp_file *epoll, u32 interest)
{
    struct bp_list *head = &epoll->epoll.ready, *node;
    bool any = false;

    if (bp_list_empty(head))
        return 0;
    bp_lock(&epoll->read_turn);
    while (!any && (node = next_ready(epoll, head)) != head) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, ready);

        dequeue(epoll, watch);
        any = events_of(watch);
        if (any)
            requeue(epoll, watch);
    }
    bp_unlock(&epoll->read_turn);
    return any ? BP_EVENTS_READ & interest : 0;
}
