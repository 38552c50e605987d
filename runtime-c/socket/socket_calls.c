/* socket(2) to shutdown(2). What a description does is up to its kind and family; here are the
 * arguments. */
#include "sched/hand.h"
#include "socket/remote_udp.h"
#include "socket/socket_calls.h"
#include "base/host.h"
#include "base/stats.h"
#include "base/uaccess.h"
#include "socket/attached.h"
#include "socket/fdtable.h"
#include "socket/host_socket.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/local_listener.h"
#include "socket/pipe.h"
#include "socket/sockopt.h"
#include "socket/stream.h"
#include "socket/unix.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>

enum {
    SOCK_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC,
    SOCK_KIND = 0xf
};

/* What differs between the families of local stream sockets. */
struct family {
    long (*bind)(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
    long (*listen)(struct bp_file *file, u32 backlog);
    long (*connect)(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
    long (*name)(struct bp_file *file, bool peer, struct sockaddr_storage *to);
    void (*unlisten)(struct bp_file *file);
};

static const struct family inet = {bp_inet_bind, bp_inet_listen, bp_inet_connect, bp_inet_name,
                                   bp_inet_unlisten};
static const struct family unix_family = {bp_unix_bind, bp_unix_listen, bp_unix_connect,
                                          bp_unix_name, bp_unix_unlisten};

static const struct family *family_of(const struct bp_file *file)
{
    return file->sock.family == AF_UNIX ? &unix_family : &inet;
}

/* ---- arguments ---- */

static bool is_socket(const struct bp_file *file)
{
    switch (file->kind) {
    case BP_FILE_TCP:
    case BP_FILE_UNIX:
    case BP_FILE_LISTENER:
    case BP_FILE_ATTACHED:
        return true;
    case BP_FILE_HOST:
        return file->host.is_socket;
    default:
        return false;
    }
}

/* The socket behind a descriptor: -EBADF, -ENOTSOCK otherwise. To be given back with bp_fd_put. */
static long get_socket(u64 fd, struct bp_file **file)
{
    *file = bp_fd_get(fd);
    if (unlikely(!*file))
        return -EBADF;
    if (likely(is_socket(*file)))
        return 0;
    bp_fd_put(*file);
    return -ENOTSOCK;
}

static int install(struct bp_file *file, u32 flags)
{
    int fd = bp_fd_install(file, flags & SOCK_CLOEXEC);

    if (fd < 0)
        bp_file_drop(file);
    return fd;
}

/* ---- making sockets ---- */

/* The kind of local channel for socket(family, type, protocol), or BP_FILE_HOST. */
static enum bp_file_kind kind_for(u64 family, u64 type, u64 protocol)
{
    if ((type & SOCK_KIND) != SOCK_STREAM)
        return BP_FILE_HOST;
    switch ((int)family) {
    case AF_UNIX:
        return protocol == 0 || protocol == PF_UNIX ? BP_FILE_UNIX : BP_FILE_HOST;
    case AF_INET6:
        if (!BP_HAS_IPV6)
            return BP_FILE_HOST;
        /* fall through */
    case AF_INET:
        return protocol == 0 || protocol == IPPROTO_TCP ? BP_FILE_TCP : BP_FILE_HOST;
    default:
        return BP_FILE_HOST;
    }
}

static u32 mode_for(u64 type)
{
    return BP_MODE_READ | BP_MODE_WRITE | (type & SOCK_NONBLOCK ? BP_MODE_NONBLOCK : 0);
}

static struct bp_file *wrap_host_socket(long host_fd, u64 type)
{
    struct bp_file *file = bp_hostfile_create((int)host_fd);

    if (file)
        file->mode = (u8)mode_for(type);
    else
        bp_host(SYS_close, host_fd);
    return file;
}

static bool is_udp(u64 family, u64 type, u64 protocol)
{
    return (family == AF_INET || family == AF_INET6) && (type & SOCK_KIND) == SOCK_DGRAM &&
           (protocol == 0 || protocol == IPPROTO_UDP);
}

static long host_socket(u64 family, u64 type, u64 protocol)
{
    long fd = bp_host(SYS_socket, family, type | SOCK_FLAGS, protocol);
    struct bp_file *file;

    if (bp_is_error(fd))
        return fd;
    file = wrap_host_socket(fd, type);
    if (BP_HAS_NIC && file && is_udp(family, type, protocol))
        bp_remote_udp_attach(file, (u16)family);
    return file ? install(file, (u32)type) : -ENOBUFS;
}

long bp_sys_socket(u64 family, u64 type, u64 protocol)
{
    enum bp_file_kind kind = kind_for(family, type, protocol);
    struct bp_file *file;

    if ((u32)type & ~(u32)(SOCK_FLAGS | SOCK_KIND))
        return -EINVAL;
    if (kind == BP_FILE_HOST)
        return host_socket(family, type, protocol);
    file = bp_pair_create(kind, mode_for(type));
    if (!file)
        return -ENFILE;
    bp_sock_init(file, (u16)family);
    return install(file, (u32)type);
}

static long host_socketpair(u64 family, u64 type, u64 protocol, u64 fds)
{
    struct bp_file *first, *second;
    int host_fds[2];
    long ret = bp_host(SYS_socketpair, family, type | SOCK_FLAGS, protocol, host_fds);

    if (ret)
        return ret;
    first = wrap_host_socket(host_fds[0], type);
    second = wrap_host_socket(host_fds[1], type);
    if (first && second)
        return bp_install_two(first, second, type & SOCK_CLOEXEC, fds);
    if (first)
        bp_file_drop(first);
    if (second)
        bp_file_drop(second);
    return -ENOBUFS;
}

long bp_sys_socketpair(u64 family, u64 type, u64 protocol, u64 fds)
{
    struct bp_file *first, *second;

    if ((u32)type & ~(u32)(SOCK_FLAGS | SOCK_KIND))
        return -EINVAL;
    if (kind_for(family, type, protocol) != BP_FILE_UNIX)
        return host_socketpair(family, type, protocol, fds);
    first = bp_pair_create(BP_FILE_UNIX, mode_for(type));
    if (!first)
        return -ENFILE;
    second = bp_pair_second(first);
    bp_sock_init(first, AF_UNIX);
    bp_upcalls.credentials(&first->sock.cred);
    bp_sock_inherit(second, first);
    bp_pair_adopt(second);
    bp_hand_take(BP_HAND_FILE, second);
    bp_stream_join(first, second, bp_sock_limit(second, first), bp_sock_limit(first, second));
    bp_stat_inc(BP_STAT_UNIX_CONNECTS);
    return bp_install_two(first, second, type & SOCK_CLOEXEC, fds);
}

/* ---- addresses ---- */

long bp_sys_bind(u64 fd, u64 addr, u64 length)
{
    struct sockaddr_storage storage;
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = bp_sockaddr_get(&storage, addr, length);
    if (!ret && bp_remote_udp_of(file))
        ret = bp_remote_udp_bind(file, &storage, (u32)length);
    else if (!ret && file->kind != BP_FILE_HOST)
        ret = family_of(file)->bind(file, &storage, (u32)length);
    else if (!ret)
        ret = storage.ss_family == AF_UNIX && length > 2
                  ? bp_unix_host_bind(file->host_fd, &storage, (u32)length)
                  : bp_host(SYS_bind, file->host_fd, &storage, length);
    bp_fd_put(file);
    return ret;
}

long bp_sys_listen(u64 fd, u64 backlog)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = file->kind == BP_FILE_HOST ? bp_host(SYS_listen, file->host_fd, backlog)
                                     : family_of(file)->listen(file, (u32)backlog);
    bp_fd_put(file);
    return ret;
}

long bp_sys_connect(u64 fd, u64 addr, u64 length)
{
    struct sockaddr_storage storage;
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = bp_sockaddr_get(&storage, addr, length);
    if (!ret && bp_remote_udp_of(file))
        ret = bp_remote_udp_connect(file, &storage, (u32)length);
    else if (!ret)
        ret = file->kind == BP_FILE_HOST ? bp_host_connect(file, &storage, (u32)length)
                                         : family_of(file)->connect(file, &storage, (u32)length);
    bp_fd_put(file);
    return ret;
}

/* The name of one side. Returns its length or negative errno. */
static long name_of(struct bp_file *file, bool peer, struct sockaddr_storage *to)
{
    u32 length = sizeof(*to);
    long ret;

    if (bp_remote_udp_of(file))
        return bp_remote_udp_name(file, peer, to);
    if (file->kind != BP_FILE_HOST)
        return family_of(file)->name(file, peer, to);
    ret = bp_host(peer ? SYS_getpeername : SYS_getsockname, file->host_fd, to, &length);
    return ret ? ret : (long)length;
}

static long name_call(u64 fd, bool peer, u64 addr, u64 length)
{
    struct sockaddr_storage storage;
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    ret = name_of(file, peer, &storage);
    bp_fd_put(file);
    if (ret < 0)
        return ret;
    return addr ? bp_sockaddr_put(addr, length, &storage, (u32)ret) : -EFAULT;
}

long bp_sys_getsockname(u64 fd, u64 addr, u64 length)
{
    return name_call(fd, false, addr, length);
}

long bp_sys_getpeername(u64 fd, u64 addr, u64 length)
{
    return name_call(fd, true, addr, length);
}

/* ---- accept ---- */

static long accept_on(struct bp_file *listener, u64 addr, u64 length, u32 flags)
{
    struct sockaddr_storage storage;
    struct bp_file *file;
    long ret = 0;
    int fd;

    if (listener->kind == BP_FILE_HOST)
        file = bp_host_accept(listener, flags, &ret);
    else
        file = bp_listener_accept(listener, flags, &ret);
    if (unlikely(!file))
        return ret;
    if (addr) {
        ret = name_of(file, true, &storage);
        ret = bp_sockaddr_put(addr, length, &storage, ret < 0 ? 0 : (u32)ret);
        if (ret) {
            bp_file_drop(file);
            return ret;
        }
    }
    fd = bp_fd_install(file, flags & SOCK_CLOEXEC);
    if (unlikely(fd < 0)) {
        if (listener->kind == BP_FILE_LISTENER)
            bp_listener_unaccept(listener, file);
        else
            bp_file_drop(file);
    }
    return fd;
}

long bp_sys_accept4(u64 fd, u64 addr, u64 length, u64 flags)
{
    struct bp_file *listener;
    long ret;

    if ((u32)flags & ~(u32)SOCK_FLAGS)
        return -EINVAL;
    ret = get_socket(fd, &listener);
    if (ret)
        return ret;
    ret = accept_on(listener, addr, length, (u32)flags);
    bp_fd_put(listener);
    return ret;
}

long bp_sys_accept(u64 fd, u64 addr, u64 length)
{
    return bp_sys_accept4(fd, addr, length, 0);
}

/* ---- shutdown ---- */

static long shutdown_local(struct bp_file *file, u32 how)
{
    if (file->kind == BP_FILE_LISTENER) {
        if (how != SHUT_WR)
            family_of(file)->unlisten(file);
        return 0;
    }
    if (bp_stream_is_open(file)) {
        if (file->kind == BP_FILE_ATTACHED)
            bp_attached_shutdown(file, how);
        else
            bp_stream_shutdown(file, how);
        return 0;
    }
    if (file->kind != BP_FILE_UNIX)
        return -ENOTCONN;
    /* Without a peer it is allowed too, and remembered. */
    bp_file_set_state(
        file,
        (how != SHUT_WR ? BP_STATE_SHUT_READ : 0) | (how != SHUT_RD ? BP_STATE_SHUT_WRITE : 0), 0);
    return 0;
}

long bp_sys_shutdown(u64 fd, u64 how)
{
    struct bp_file *file;
    long ret = get_socket(fd, &file);

    if (ret)
        return ret;
    if ((u32)how > SHUT_RDWR)
        ret = -EINVAL;
    else if (file->kind == BP_FILE_HOST)
        ret = bp_host(SYS_shutdown, file->host_fd, how);
    else
        ret = shutdown_local(file, (u32)how);
    bp_fd_put(file);
    return ret;
}
