#include "socket/eventfd.h"
#include "base/uaccess.h"
#include "socket/fdtable.h"
#include "socket/iter.h"
#include "socket/socket_calls.h"
#include "socket/watch.h"

#include <errno.h>
#include <sys/eventfd.h>

#define COUNT_MAX (UINT64_MAX - 1)

long bp_sys_eventfd2(u64 initial, u64 flags)
{
    struct bp_file *file;
    int fd;

    if (flags & ~(u64)(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE))
        return -EINVAL;
    file = bp_file_create(BP_FILE_EVENTFD, BP_MODE_READ | BP_MODE_WRITE |
                                               (flags & EFD_NONBLOCK ? BP_MODE_NONBLOCK : 0));
    if (!file)
        return -ENOMEM;
    file->eventfd.count = (u32)initial;
    file->eventfd.semaphore = flags & EFD_SEMAPHORE;
    fd = bp_fd_install(file, flags & EFD_CLOEXEC);
    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

long bp_sys_eventfd(u64 initial)
{
    return bp_sys_eventfd2(initial, 0);
}

long bp_eventfd_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    u64 value;
    long ret;

    (void)flags;
    if (to->left < sizeof(value))
        return -EINVAL;
    bp_lock(&file->lock);
    while (!file->eventfd.count) {
        if (file->mode & BP_MODE_NONBLOCK) {
            bp_unlock(&file->lock);
            return -EAGAIN;
        }
        ret = bp_file_wait(file, EPOLLIN, BP_WATCH_THREAD, BP_NEVER);
        if (ret)
            return ret;
        bp_lock(&file->lock);
    }
    value = file->eventfd.semaphore ? 1 : file->eventfd.count;
    file->eventfd.count -= value;
    bp_notify(file, EPOLLOUT);
    bp_unlock(&file->lock);
    ret = bp_iter_put(to, &value, sizeof(value));
    return ret ? ret : (long)sizeof(value);
}

long bp_eventfd_write(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    u64 value;
    long ret;

    (void)flags;
    if (from->left < sizeof(value))
        return -EINVAL;
    if (bp_iter_take(from, &value, sizeof(value)))
        return -EFAULT;
    if (value == UINT64_MAX)
        return -EINVAL;
    bp_lock(&file->lock);
    while (COUNT_MAX - file->eventfd.count < value) {
        if (file->mode & BP_MODE_NONBLOCK) {
            bp_unlock(&file->lock);
            return -EAGAIN;
        }
        ret = bp_file_wait(file, EPOLLOUT, BP_WATCH_THREAD, BP_NEVER);
        if (ret)
            return ret;
        bp_lock(&file->lock);
    }
    file->eventfd.count += value;
    if (value)
        bp_notify(file, EPOLLIN);
    bp_unlock(&file->lock);
    return sizeof(value);
}

u32 bp_eventfd_poll(struct bp_file *file, u32 interest)
{
    u64 count = READ_ONCE(file->eventfd.count);

    return ((count ? EPOLLIN : 0) | (count < COUNT_MAX ? EPOLLOUT : 0)) & interest;
}
