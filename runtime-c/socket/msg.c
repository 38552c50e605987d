/* send(2), recv(2) and their relatives. */
#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "socket/attached.h"
#include "socket/control.h"
#include "socket/fdtable.h"
#include "socket/hostfile.h"
#include "socket/remote_udp.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"
#include "socket/timeout.h"
#include "socket/unix.h"
#include "socket/upcalls.h"
#include "socket/urgent.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define SEND_FLAGS ((u32)(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_OOB))
#define RECV_FLAGS ((u32)(MSG_DONTWAIT | MSG_PEEK | MSG_WAITALL | MSG_TRUNC))

/* Fetches the description of a socket call. */
static long get_socket(u64 fd, struct bp_file **file)
{
    *file = bp_fd_get(fd);
    if (unlikely(!*file))
        return -EBADF;
    if (likely((*file)->kind < BP_FILE_PIPE || (*file)->kind == BP_FILE_LISTENER ||
               (*file)->kind == BP_FILE_ATTACHED ||
               ((*file)->kind == BP_FILE_HOST && (*file)->host.is_socket)))
        return 0;
    bp_fd_put(*file);
    return -ENOTSOCK;
}

/* ---- on local streams ---- */

/* A byte among those in memory can be urgent. */
static bool has_urgent(const struct bp_file *file)
{
    return bp_file_is_stream(file) && file->kind != BP_FILE_PIPE;
}

/* What a local stream refuses to send: data in a handshake, to an address, and urgent data to a
 * Node process, or none at all (unix(7)). */
static long check_send(const struct bp_file *file, u32 flags, size_t len, bool has_address)
{
    if (flags & MSG_FASTOPEN)
        return -EOPNOTSUPP;
    if (flags & MSG_OOB && (!has_urgent(file) || (!len && file->kind == BP_FILE_UNIX)))
        return -EOPNOTSUPP;
    if (has_address && file->kind == BP_FILE_UNIX)
        return file->state & BP_STATE_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    return 0;
}

static long check_recv(const struct bp_file *file, u32 flags)
{
    if (flags & MSG_OOB && !has_urgent(file))
        return -EINVAL; /* there is none */
    return flags & MSG_ERRQUEUE ? -EAGAIN : 0;
}

/* ---- on the host ---- */

BP_INLINE bool is_nonblocking(const struct bp_file *file, u32 flags)
{
    return file->mode & BP_MODE_NONBLOCK || flags & MSG_DONTWAIT;
}

/* What is beside the data is there or not: recv(2) does not wait for it. */
BP_INLINE bool receives_at_once(const struct bp_file *file, u32 flags)
{
    return is_nonblocking(file, flags) || flags & (MSG_ERRQUEUE | MSG_OOB);
}

static long host_result(long ret, u32 flags)
{
    if (ret == -EPIPE && !(flags & MSG_NOSIGNAL))
        bp_upcalls.signal_self(SIGPIPE);
    return ret;
}

/* The part of a message that goes over a NIC; *hosts when it is the host's. */
static long udp_sendmsg(struct bp_file *file, const struct msghdr *msg, struct bp_iter from,
                        u32 flags, bool *hosts)
{
    return bp_remote_udp_send(file, &from, msg, flags, hosts);
}

static long host_sendmsg(struct bp_file *file, const struct msghdr *user,
                         const struct bp_iter *from, u32 flags)
{
    struct sockaddr_un to;
    struct bp_control control;
    struct msghdr msg = *user;
    long args[6] = {file->host_fd, (long)&msg, (long)(flags | MSG_DONTWAIT | MSG_NOSIGNAL)};
    bool hosts;
    long ret;

    if (bp_remote_udp_of(file)) {
        ret = udp_sendmsg(file, user, *from, flags, &hosts);
        if (!hosts)
            return ret;
    }
    ret = bp_control_get(&control, &msg);

    if (!ret)
        ret = bp_control_to_host(&control);
    if (!ret && msg.msg_name)
        ret = bp_unix_host_address(&to, (u64)msg.msg_name, &msg.msg_namelen);
    if (ret > 0)
        msg.msg_name = &to;
    if (ret >= 0) {
        if (control.bytes)
            msg.msg_control = control.bytes;
        ret = bp_hostfile_call(file, EPOLLOUT, is_nonblocking(file, flags), SO_SNDTIMEO,
                               SYS_sendmsg, args);
    }
    bp_control_release(&control);
    return host_result(ret, flags);
}

/* A message that came over a NIC; *hosts when the host's socket is to be asked. */
static long udp_recvmsg(struct bp_file *file, struct msghdr *msg, struct bp_iter to, u32 flags,
                        bool *hosts)
{
    struct bp_remote_udp_arrival arrival;
    long ret = bp_remote_udp_receive(file, &to, flags, &arrival);

    *hosts = arrival.hosts;
    if (ret < 0 || *hosts)
        return ret;
    msg->msg_flags = (arrival.truncated ? MSG_TRUNC : 0) | (arrival.reported ? MSG_ERRQUEUE : 0);
    if (bp_remote_udp_control_put(msg, file, &arrival))
        return -EFAULT;
    if (!msg->msg_name)
        return ret;
    if (bp_copy(msg->msg_name, &arrival.from, BP_MIN(arrival.from_length, msg->msg_namelen)))
        return -EFAULT;
    msg->msg_namelen = arrival.from_length;
    return ret;
}

static long host_recvmsg(struct bp_file *file, struct msghdr *msg, const struct bp_iter *to,
                         u32 flags)
{
    long args[6] = {file->host_fd, (long)msg, (long)(flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC)};
    struct msghdr before = *msg;
    long ret, fault;
    bool hosts;

    if (bp_remote_udp_of(file)) {
        ret = udp_recvmsg(file, msg, *to, flags, &hosts);
        if (!hosts)
            return ret;
    }
    ret = bp_hostfile_call(file, EPOLLIN, receives_at_once(file, flags), SO_RCVTIMEO, SYS_recvmsg,
                           args);

    if (ret < 0) {
        *msg = before;
        return ret;
    }
    msg->msg_flags = (msg->msg_flags & ~MSG_CMSG_CLOEXEC) | (int)(flags & MSG_CMSG_CLOEXEC);
    fault = msg->msg_controllen ? bp_control_from_host(msg, flags & MSG_CMSG_CLOEXEC) : 0;
    return fault ? fault : ret;
}

/* With a program's own arrays: the kernel is given nothing that has not been looked at. */
static long host_message(struct bp_file *file, struct msghdr *msg, u32 flags, bool sends)
{
    struct iovec *array = msg->msg_iov;
    struct bp_iov iov;
    long ret;

    if (bp_in_arena(msg->msg_name) || bp_in_arena(msg->msg_control))
        return -EFAULT;
    ret = bp_iov_import(&iov, (u64)array, msg->msg_iovlen);
    if (ret)
        return ret;
    msg->msg_iov = iov.it.iov;
    ret = sends ? host_sendmsg(file, msg, &iov.it, flags) : host_recvmsg(file, msg, &iov.it, flags);
    msg->msg_iov = array;
    bp_iov_release(&iov);
    return ret;
}

static bool is_host_stream(const struct bp_file *file)
{
    int type = 0;
    u32 len = sizeof(type);

    return !bp_host(SYS_getsockopt, file->host_fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
           type == SOCK_STREAM;
}

static long udp_recvfrom(struct bp_file *file, u64 buf, u64 len, u32 flags, u64 addr,
                         u64 addr_length, bool *hosts)
{
    struct bp_remote_udp_arrival arrival;
    struct iovec iov;
    struct bp_iter it = bp_iter_one(&iov, buf, len);
    long ret = bp_remote_udp_receive(file, &it, flags, &arrival), fault = 0;

    *hosts = arrival.hosts;
    if (ret >= 0 && !*hosts && addr)
        fault = bp_sockaddr_put(addr, addr_length, &arrival.from, arrival.from_length);
    return fault ? fault : ret;
}

/* MSG_WAITALL cannot be left to a host call that does not wait: the rest is asked for again. */
static long host_recvfrom(struct bp_file *file, u64 buf, u64 len, u32 flags, u64 addr,
                          u64 addr_length)
{
    bool waits_for_all = flags & MSG_WAITALL && !receives_at_once(file, flags) &&
                         !(flags & MSG_PEEK) && is_host_stream(file);
    size_t total = 0;
    long ret;

    if (bp_remote_udp_of(file)) {
        bool hosts;

        ret = udp_recvfrom(file, buf, len, flags, addr, addr_length, &hosts);
        if (!hosts)
            return ret;
    }
    do {
        long args[6] = {file->host_fd,       (long)(buf + total),
                        (long)(len - total), (long)(flags | MSG_DONTWAIT),
                        (long)addr,          (long)addr_length};

        ret = bp_hostfile_call(file, EPOLLIN, receives_at_once(file, flags), SO_RCVTIMEO,
                               SYS_recvfrom, args);
        total += ret > 0 ? (size_t)ret : 0;
    } while (waits_for_all && ret > 0 && total < len);
    return total ? (long)total : ret;
}

/* ---- one buffer ---- */

static long send_to(struct bp_file *file, u64 buf, u64 len, u32 flags, u64 addr, u32 addr_length)
{
    struct iovec iov = {(void *)buf, len};
    struct msghdr msg = {
        .msg_name = (void *)addr, .msg_namelen = addr_length, .msg_iov = &iov, .msg_iovlen = 1};
    struct bp_iter it = bp_iter_one(&iov, buf, len);
    long ret;

    if (unlikely(file->kind == BP_FILE_HOST))
        return host_sendmsg(file, &msg, &it, flags);
    ret = check_send(file, flags, len, addr && addr_length);
    if (unlikely(ret))
        return ret;
    if (unlikely(flags & MSG_OOB))
        return bp_stream_send(file, &it, flags & SEND_FLAGS, NULL);
    if (likely(bp_file_is_stream(file)))
        return bp_stream_write_one(file, buf, len, flags & SEND_FLAGS);
    return bp_file_ops[file->kind]->write(file, &it, flags);
}

long bp_sys_sendto(u64 fd, u64 buf, u64 len, u64 flags, u64 addr, u64 addr_length)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (unlikely(ret))
        return ret;
    if (bp_beyond_user_memory(buf, len) || bp_in_arena((void *)addr))
        ret = -EFAULT;
    else
        ret = send_to(file, buf, len, (u32)flags, addr, (u32)addr_length);
    bp_fd_put(file);
    return ret;
}

/* Who sent: AF_UNIX tells the peer's name, TCP nothing (recvfrom(2)). */
static long put_sender(struct bp_file *file, u64 addr, u64 addr_length)
{
    struct sockaddr_storage storage;
    long length = file->kind == BP_FILE_UNIX ? bp_unix_name(file, true, &storage) : 0;

    return bp_sockaddr_put(addr, addr_length, &storage, length < 0 ? 0 : (u32)length);
}

static long recv_from(struct bp_file *file, u64 buf, u64 len, u32 flags, u64 addr, u64 addr_length)
{
    struct bp_iter it;
    struct iovec iov;
    long ret;

    if (unlikely(file->kind == BP_FILE_HOST))
        return host_recvfrom(file, buf, len, flags, addr, addr_length);
    ret = check_recv(file, flags);
    if (unlikely(ret))
        return ret;
    if (unlikely(flags & MSG_OOB)) {
        it = bp_iter_one(&iov, buf, len);
        ret = bp_urgent_recv(file, &it, flags);
    } else if (likely(bp_file_is_stream(file))) {
        ret = bp_stream_read_one(file, buf, len, flags & RECV_FLAGS);
    } else {
        it = bp_iter_one(&iov, buf, len);
        ret = bp_file_ops[file->kind]->read(file, &it, flags);
    }
    if (unlikely(addr && ret >= 0)) {
        long fault = put_sender(file, addr, addr_length);

        ret = fault ? fault : ret;
    }
    return ret;
}

long bp_sys_recvfrom(u64 fd, u64 buf, u64 len, u64 flags, u64 addr, u64 addr_length)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (unlikely(ret))
        return ret;
    if (bp_beyond_user_memory(buf, len) || bp_in_arena((void *)addr) ||
        bp_in_arena((void *)addr_length))
        ret = -EFAULT;
    else
        ret = recv_from(file, buf, len, (u32)flags, addr, addr_length);
    bp_fd_put(file);
    return ret;
}

/* ---- messages ---- */

static bool is_channel(const struct bp_file *file)
{
    return bp_file_is_stream(file) || file->kind == BP_FILE_ATTACHED;
}

static long channel_send(struct bp_file *file, struct bp_iter *from, u32 flags,
                         struct bp_rights **rights)
{
    if (unlikely(file->kind == BP_FILE_ATTACHED))
        return bp_attached_write(file, from, flags);
    return bp_stream_send(file, from, flags, rights);
}

static long channel_recv(struct bp_file *file, struct bp_iter *to, u32 flags,
                         struct bp_rights **rights)
{
    if (unlikely(flags & MSG_OOB))
        return bp_urgent_recv(file, to, flags);
    if (unlikely(file->kind == BP_FILE_ATTACHED))
        return bp_attached_read(file, to, flags);
    return bp_stream_recv(file, to, flags, rights);
}

static long get_msghdr(struct msghdr *msg, u64 user)
{
    if (bp_copy(msg, (const void *)user, sizeof(*msg)))
        return -EFAULT;
    if (!msg->msg_name)
        msg->msg_namelen = 0;
    if ((s32)msg->msg_namelen < 0)
        return -EINVAL;
    return msg->msg_iovlen > BP_IOV_MAX ? -EMSGSIZE : 0;
}

static long stream_sendmsg(struct bp_file *file, const struct msghdr *msg, u32 flags)
{
    struct bp_rights *rights = NULL;
    struct bp_control control;
    struct bp_iov iov;
    long ret = bp_iov_import(&iov, (u64)msg->msg_iov, msg->msg_iovlen);

    if (ret)
        return ret;
    ret = check_send(file, flags, iov.it.left, msg->msg_namelen);
    if (ret) {
        bp_iov_release(&iov);
        return ret;
    }
    if (likely(!msg->msg_controllen)) {
        ret = channel_send(file, &iov.it, flags & SEND_FLAGS, NULL);
    } else {
        ret = bp_control_get(&control, msg);
        if (!ret)
            ret = bp_control_to_rights(&control, file->sock.family, &rights);
        bp_control_release(&control);
        if (!ret)
            ret = channel_send(file, &iov.it, flags & SEND_FLAGS, rights ? &rights : NULL);
        bp_rights_drop(rights);
    }
    bp_iov_release(&iov);
    return ret;
}

static long stream_recvmsg(struct bp_file *file, struct msghdr *msg, u32 flags)
{
    struct bp_rights *rights = NULL;
    struct sockaddr_storage name;
    struct bp_iov iov;
    long ret = check_recv(file, flags), fault = 0;

    if (!ret)
        ret = bp_iov_import(&iov, (u64)msg->msg_iov, msg->msg_iovlen);
    if (ret)
        return ret;
    ret = channel_recv(file, &iov.it, flags & (RECV_FLAGS | MSG_OOB), &rights);
    bp_iov_release(&iov);
    if (ret < 0)
        return ret;
    msg->msg_flags = (int)(flags & (MSG_CMSG_CLOEXEC | MSG_OOB));
    if (flags & MSG_OOB && !ret)
        msg->msg_flags |= MSG_TRUNC;
    if (msg->msg_name) {
        long length = file->kind == BP_FILE_UNIX ? bp_unix_name(file, true, &name) : 0;

        length = length < 0 ? 0 : length;
        fault = bp_copy(msg->msg_name, &name, BP_MIN((u32)length, msg->msg_namelen));
        msg->msg_namelen = (u32)length;
    }
    if (likely(!rights && !(file->state & BP_STATE_RIGHTS)))
        msg->msg_controllen = 0;
    else if (!fault)
        fault = bp_control_from_rights(msg, rights, file->sock.passcred, flags & MSG_CMSG_CLOEXEC);
    return fault ? fault : ret;
}

static long send_one(struct bp_file *file, u64 user, u32 flags)
{
    struct msghdr msg;
    struct bp_iter none = {0};
    long ret = get_msghdr(&msg, user);

    if (ret)
        return ret;
    if (file->kind == BP_FILE_HOST)
        return host_message(file, &msg, flags, true);
    if (is_channel(file))
        return stream_sendmsg(file, &msg, flags);
    return bp_file_ops[file->kind]->write(file, &none, flags);
}

/* Writes back what recvmsg changes of a program's structure. */
static long put_msghdr(u64 user, const struct msghdr *msg)
{
    struct msghdr *to = (struct msghdr *)user;

    if ((msg->msg_name && bp_put_user32((u32 *)&to->msg_namelen, msg->msg_namelen)) ||
        bp_put_user64((u64 *)&to->msg_controllen, msg->msg_controllen) ||
        bp_put_user32((u32 *)&to->msg_flags, (u32)msg->msg_flags))
        return -EFAULT;
    return 0;
}

static long recv_one(struct bp_file *file, u64 user, u32 flags)
{
    struct msghdr msg;
    struct bp_iter none = {0};
    long ret = get_msghdr(&msg, user), fault;

    if (ret)
        return ret;
    if (file->kind == BP_FILE_HOST)
        ret = host_message(file, &msg, flags, false);
    else if (is_channel(file))
        ret = stream_recvmsg(file, &msg, flags);
    else
        ret = bp_file_ops[file->kind]->read(file, &none, flags);
    if (ret < 0)
        return ret;
    fault = put_msghdr(user, &msg);
    return fault ? fault : ret;
}

long bp_sys_sendmsg(u64 fd, u64 msg, u64 flags)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = send_one(file, msg, (u32)flags);
    bp_fd_put(file);
    return ret;
}

long bp_sys_recvmsg(u64 fd, u64 msg, u64 flags)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = recv_one(file, msg, (u32)flags);
    bp_fd_put(file);
    return ret;
}

/* ---- several messages ---- */

static long put_length(u64 user, long length)
{
    return bp_put_user32(&((struct mmsghdr *)user)->msg_len, (u32)length);
}

long bp_sys_sendmmsg(u64 fd, u64 msgs, u64 count, u64 flags)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);
    u32 done = 0;

    if (ret)
        return ret;
    for (; done < BP_MIN((u32)count, (u32)BP_IOV_MAX); done++, msgs += sizeof(struct mmsghdr)) {
        ret = send_one(file, msgs, (u32)flags);
        if (ret >= 0)
            ret = put_length(msgs, ret);
        if (ret < 0)
            break;
    }
    bp_fd_put(file);
    return done ? (long)done : ret;
}

/* The timeout is looked at after each message, as Linux does and recvmmsg(2) regrets. */
long bp_sys_recvmmsg(u64 fd, u64 msgs, u64 count, u64 flags, u64 timeout)
{
    struct bp_file *file;
    u64 ns = BP_NEVER, start = 0;
    u32 done = 0;
    long ret = timeout ? bp_get_timespec(&ns, timeout) : 0;

    if (!ret)
        ret = get_socket(fd, &file);
    if (ret)
        return ret;
    start = timeout ? bp_now() : 0;
    while (done < (u32)count) {
        ret = recv_one(file, msgs, (u32)flags & ~(u32)MSG_WAITFORONE);
        if (ret >= 0)
            ret = put_length(msgs, ret);
        if (ret < 0)
            break;
        done++;
        msgs += sizeof(struct mmsghdr);
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (timeout && bp_now() - start >= ns)
            break;
    }
    bp_fd_put(file);
    if (timeout && ns != BP_NEVER) {
        u64 passed = bp_now() - start;

        bp_put_timespec(timeout, passed < ns ? ns - passed : 0);
    }
    return done ? (long)done : ret;
}
