#include "socket/parcel.h"
#include "base/host.h"
#include "base/lock.h"
#include "memory/arena.h"
#include "socket/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum {
    ON_THEIR_WAY_MAX = 1024, /* more than the host's buffer takes */
    PARCELS_FROM = 512,      /* above the descriptors that the host hands out first */
};

/* In the arena. The lock is held while the queue is searched. */
static struct office {
    struct bp_lock lock;
    u32 last;
} * office;

static int in = -1, out = -1; /* the same numbers in every process */

/* One message of the queue. */
struct message {
    u32 parcel;
    struct iovec iov;
    struct msghdr header;
    union {
        struct cmsghdr header;
        u8 space[CMSG_SPACE(BP_RIGHTS_MAX * sizeof(int))];
    } control;
};

static int move_up(int fd)
{
    int high = (int)bp_host(SYS_fcntl, fd, F_DUPFD_CLOEXEC, PARCELS_FROM);

    bp_host(SYS_close, fd);
    return high;
}

int bp_parcels_init(void)
{
    int pair[2], ret;

    if (in >= 0 && out >= 0)
        return 0;
    if (!office)
        office = bp_arena_alloc(sizeof(*office));
    if (!office)
        return -ENOMEM;
    ret = (int)bp_host(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    if (ret)
        return ret;
    in = move_up(pair[0]);
    out = move_up(pair[1]);
    if (in >= 0 && out >= 0)
        return 0;
    ret = BP_MIN(in, out);
    bp_host(SYS_close, in);
    bp_host(SYS_close, out);
    in = out = -1;
    return ret;
}

void bp_parcels_each(void (*fn)(int fd, void *arg), void *arg)
{
    fn(in, arg);
    fn(out, arg);
}

static void prepare(struct message *message, bool with_fds)
{
    message->iov = (struct iovec){&message->parcel, sizeof(message->parcel)};
    message->header = (struct msghdr){.msg_iov = &message->iov, .msg_iovlen = 1};
    if (with_fds) {
        message->header.msg_control = &message->control;
        message->header.msg_controllen = sizeof(message->control);
    }
}

static long put(struct message *message, u32 count)
{
    message->control.header =
        (struct cmsghdr){CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    message->header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    return bp_host(SYS_sendmsg, in, &message->header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Returns how many descriptors came, or negative errno. Without fds, those of the message are not
 * received. */
static long get(struct message *message, bool with_fds, int flags)
{
    long ret;

    prepare(message, with_fds);
    ret = bp_host(SYS_recvmsg, out, &message->header, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (bp_is_error(ret))
        return ret;
    if (!with_fds || message->header.msg_controllen < sizeof(struct cmsghdr))
        return 0;
    return (long)((message->control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

BP_INLINE int *fds_of(struct message *message)
{
    return (int *)CMSG_DATA(&message->control.header);
}

long bp_parcel_send(const int *fds, u32 count)
{
    struct message message;
    long ret;

    message.parcel = __atomic_add_fetch(&office->last, 1, __ATOMIC_RELAXED) & 0x7fffffff;
    prepare(&message, true);
    memcpy(fds_of(&message), fds, count * sizeof(int));
    ret = put(&message, count);
    if (ret == -EAGAIN)
        return -ETOOMANYREFS;
    return bp_is_error(ret) ? ret : (long)message.parcel;
}

/* The first message goes to the end: entered there before it is taken out here, so that the death
 * of this process loses none. */
static bool rotate(void)
{
    struct message message;
    long count = get(&message, true, MSG_PEEK);
    bool entered = count > 0 && !bp_is_error(put(&message, (u32)count));

    for (long i = 0; i < count; i++)
        bp_host(SYS_close, fds_of(&message)[i]);
    return entered && !bp_is_error(get(&message, false, 0));
}

static long search(u32 parcel, int *fds)
{
    struct message message;

    for (u32 i = 0; i < ON_THEIR_WAY_MAX; i++) {
        long count = get(&message, false, MSG_PEEK);

        if (bp_is_error(count))
            return -ENOENT;
        if (message.parcel != parcel) {
            if (!rotate())
                return -ENOENT;
            continue;
        }
        count = get(&message, true, 0);
        if (count > 0)
            memcpy(fds, fds_of(&message), (size_t)count * sizeof(int));
        return count;
    }
    return -ENOENT;
}

long bp_parcel_take(u32 parcel, int *fds)
{
    long count;

    bp_lock(&office->lock);
    count = search(parcel, fds);
    bp_unlock(&office->lock);
    return count;
}
