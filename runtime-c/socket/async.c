#include "socket/async.h"
#include "base/host.h"
#include "base/uaccess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

/* File locked. */
static struct bp_watch *find(struct bp_file *file)
{
    bp_list_for_each (node, &file->watches) {
        struct bp_watch *watch = bp_list_entry(node, struct bp_watch, node);

        if (watch->kind == BP_WATCH_ASYNC)
            return watch;
    }
    return NULL;
}

/* File locked. NULL when the arena is exhausted. */
static struct bp_watch *find_or_add(struct bp_file *file)
{
    struct bp_watch *watch = find(file);

    if (watch)
        return watch;
    watch = bp_pool_get(BP_POOL_WATCH);
    if (!watch)
        return NULL;
    watch->file = file;
    watch->async.owner = 0;
    watch->async.signal = 0;
    watch->events = 0;
    watch->kind = BP_WATCH_ASYNC;
    bp_link_tail(&file->watches, &watch->node);
    return watch;
}

long bp_async_set(struct bp_file *file, bool on)
{
    struct bp_watch *watch;

    bp_lock(&file->lock);
    watch = on ? find_or_add(file) : find(file);
    if (watch)
        watch->events = on ? ~0U : 0;
    bp_unlock(&file->lock);
    return on && !watch ? -ENOMEM : 0;
}

bool bp_async_is_on(struct bp_file *file)
{
    struct bp_watch *watch;
    bool on;

    bp_lock(&file->lock);
    watch = find(file);
    on = watch && watch->events;
    bp_unlock(&file->lock);
    return on;
}

static bool exists(s32 owner)
{
    return !owner || bp_host(SYS_kill, owner, 0) != -ESRCH;
}

static long set(struct bp_file *file, u32 cmd, s32 value)
{
    struct bp_watch *watch;

    if (cmd == F_SETOWN && !exists(value))
        return -ESRCH;
    if (cmd == F_SETSIG && (u32)value > 64)
        return -EINVAL;
    bp_lock(&file->lock);
    watch = find_or_add(file);
    if (watch && cmd == F_SETOWN)
        watch->async.owner = value;
    else if (watch)
        watch->async.signal = value;
    bp_unlock(&file->lock);
    return watch ? 0 : -ENOMEM;
}

static long get(struct bp_file *file, u32 cmd)
{
    struct bp_watch *watch;
    long value = 0;

    bp_lock(&file->lock);
    watch = find(file);
    if (watch)
        value = cmd == F_GETOWN ? watch->async.owner : watch->async.signal;
    bp_unlock(&file->lock);
    return value;
}

/* The other form of F_SETOWN, which names threads too: those have no signal of their own here. */
static long set_owner(struct bp_file *file, u64 user)
{
    struct f_owner_ex owner;

    if (bp_copy(&owner, (const void *)user, sizeof(owner)))
        return -EFAULT;
    if ((owner.type != F_OWNER_PID && owner.type != F_OWNER_PGRP) || owner.pid < 0)
        return -EINVAL;
    return set(file, F_SETOWN, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid);
}

/* Nobody is a thread 0, as in Linux. */
static long get_owner(struct bp_file *file, u64 user)
{
    s32 value = (s32)get(file, F_GETOWN);
    struct f_owner_ex owner = {
        .type = !value      ? F_OWNER_TID
                : value < 0 ? F_OWNER_PGRP
                            : F_OWNER_PID,
        .pid = value < 0 ? -value : value,
    };

    return bp_copy((void *)user, &owner, sizeof(owner));
}

long bp_async_fcntl(struct bp_file *file, u32 cmd, u64 arg)
{
    switch (cmd) {
    case F_SETOWN:
    case F_SETSIG:
        return set(file, cmd, (s32)arg);
    case F_GETOWN:
    case F_GETSIG:
        return get(file, cmd);
    case F_SETOWN_EX:
        return set_owner(file, arg);
    case F_GETOWN_EX: /* what the C library makes of F_GETOWN */
        return get_owner(file, arg);
    default:
        return -EINVAL;
    }
}

void bp_async_tell(const struct bp_watch *watch)
{
    if (watch->async.owner)
        bp_host(SYS_kill, watch->async.owner, watch->async.signal ? watch->async.signal : SIGIO);
}

void bp_async_urgent(struct bp_file *file)
{
    const struct bp_watch *watch = find(file);

    if (watch && watch->async.owner)
        bp_host(SYS_kill, watch->async.owner, SIGURG);
}
