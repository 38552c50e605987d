/* The kinds of descriptions and what each can do. */
#include "socket/attached.h"
#include "socket/epoll.h"
#include "socket/eventfd.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/local_listener.h"
#include "socket/pipe.h"
#include "socket/signalfd.h"
#include "socket/stream.h"
#include "socket/timerfd.h"
#include "socket/unix.h"
#include "socket/upcalls.h"
#include "socket/userfault.h"

#include <errno.h>
#include <signal.h>

static long read_refused(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    (void)file, (void)to, (void)flags;
    return -EINVAL;
}

static long write_refused(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    (void)file, (void)from, (void)flags;
    return -EINVAL;
}

static long no_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    (void)file, (void)cmd, (void)arg;
    return -ENOTTY;
}

static long listener_read(struct bp_file *file, struct bp_iter *to, u32 flags)
{
    (void)to, (void)flags;
    return file->sock.family == AF_UNIX ? -EINVAL : -ENOTCONN;
}

static long listener_write(struct bp_file *file, struct bp_iter *from, u32 flags)
{
    (void)from;
    if (file->sock.family == AF_UNIX)
        return -ENOTCONN;
    if (!(flags & MSG_NOSIGNAL))
        bp_upcalls.signal_self(SIGPIPE);
    return -EPIPE;
}

static long listener_ioctl(struct bp_file *file, u64 cmd, u64 arg)
{
    (void)file, (void)arg;
    return cmd == 0x541b /* FIONREAD */ ? -EINVAL : -ENOTTY;
}

static void listener_release(struct bp_file *file)
{
    if (file->sock.family == AF_UNIX)
        bp_unix_release(file);
    else
        bp_inet_release(file);
}

static const struct bp_file_ops tcp = {bp_stream_read, bp_stream_write, bp_stream_poll,
                                       bp_stream_ioctl, bp_inet_release};
static const struct bp_file_ops unix_stream = {bp_stream_read, bp_stream_write, bp_stream_poll,
                                               bp_stream_ioctl, bp_unix_release};
static const struct bp_file_ops pipe_end = {bp_stream_read, bp_stream_write, bp_stream_poll,
                                            bp_stream_ioctl, bp_pipe_release};
static const struct bp_file_ops listener = {listener_read, listener_write, bp_listener_poll,
                                            listener_ioctl, listener_release};
static const struct bp_file_ops host = {bp_hostfile_read, bp_hostfile_write, bp_hostfile_poll,
                                        bp_hostfile_ioctl, bp_hostfile_release};
static const struct bp_file_ops eventfd = {bp_eventfd_read, bp_eventfd_write, bp_eventfd_poll,
                                           no_ioctl, bp_file_free};
static const struct bp_file_ops timerfd = {bp_timerfd_read, write_refused, bp_timerfd_poll,
                                           no_ioctl, bp_timerfd_release};
static const struct bp_file_ops signalfd = {bp_signalfd_read, write_refused, bp_signalfd_poll,
                                            no_ioctl, bp_signalfd_release};
static const struct bp_file_ops epoll = {read_refused, write_refused, bp_epoll_poll, no_ioctl,
                                         bp_epoll_release};

static const struct bp_file_ops attached = {bp_attached_read, bp_attached_write, bp_attached_poll,
                                            bp_attached_ioctl, bp_attached_release};

static const struct bp_file_ops userfault = {bp_userfault_read, write_refused, bp_userfault_poll,
                                             bp_userfault_ioctl, bp_userfault_release};

const struct bp_file_ops *const bp_file_ops[BP_FILE_KINDS] = {
    [BP_FILE_TCP] = &tcp,           [BP_FILE_UNIX] = &unix_stream,    [BP_FILE_PIPE] = &pipe_end,
    [BP_FILE_LISTENER] = &listener, [BP_FILE_HOST] = &host,           [BP_FILE_EVENTFD] = &eventfd,
    [BP_FILE_TIMERFD] = &timerfd,   [BP_FILE_SIGNALFD] = &signalfd,   [BP_FILE_EPOLL] = &epoll,
    [BP_FILE_ATTACHED] = &attached, [BP_FILE_USERFAULT] = &userfault,
};
