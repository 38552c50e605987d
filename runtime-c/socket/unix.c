#include "socket/unix.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/log.h"
#include "memory/arena.h"
#include "sched/hand.h"
#include "socket/host_limits.h"
#include "socket/host_socket.h"
#include "socket/hostfile.h"
#include "socket/local_listener.h"
#include "socket/sockopt.h"
#include "socket/stream.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BUCKETS = 256,
    FAMILY_BYTES = offsetof(struct sockaddr_un, sun_path)
};

/* In the arena: listeners by what names them. */
struct table {
    struct bp_lock lock; /* before every lock of a listener */
    struct bp_list buckets[BUCKETS];
};

static struct table *table;

int bp_unix_init(void)
{
    table = bp_arena_alloc(sizeof(*table));
    if (!table)
        return -ENOMEM;
    for (u32 i = 0; i < BUCKETS; i++)
        bp_list_init(&table->buckets[i]);
    return 0;
}

/* ---- names ---- */

/* A name as the table knows it: a file, or the bytes of an abstract name. */
struct key {
    u64 dev, ino;
    const char *abstract;
    u32 length;
};

static bool is_path(const struct sockaddr_storage *addr, u32 length)
{
    return length > FAMILY_BYTES && ((const struct sockaddr_un *)addr)->sun_path[0];
}

/* The path with its NUL; the structure has none when it is full. */
static const char *path_of(const struct sockaddr_storage *addr, u32 length, char buf[static 112])
{
    memcpy(buf, ((const struct sockaddr_un *)addr)->sun_path, length - FAMILY_BYTES);
    buf[length - FAMILY_BYTES] = 0;
    return buf;
}

static struct bp_list *bucket_of(const struct key *key)
{
    u64 hash = key->dev * 31 + key->ino;

    for (u32 i = 0; i < key->length; i++)
        hash = hash * 31 + (u8)key->abstract[i];
    return &table->buckets[(hash * 0x9e3779b97f4a7c15ULL >> 56) % BUCKETS];
}

static struct key key_of(const struct bp_file *listener)
{
    const struct bp_unix_name *name = listener->sock.un.name;
    bool abstract = !listener->sock.un.ino;

    return (struct key){.dev = listener->sock.un.dev,
                        .ino = listener->sock.un.ino,
                        .abstract = abstract ? name->path : NULL,
                        .length = abstract ? name->length : 0};
}

static bool same(const struct key *a, const struct key *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->length == b->length &&
           !memcmp(a->abstract, b->abstract, a->length);
}

static struct bp_file *find_listener(const struct key *key)
{
    bp_list_for_each (node, bucket_of(key)) {
        struct bp_file *listener = bp_list_entry(node, struct bp_file, sock.hash_node);
        struct key other = key_of(listener);

        if (same(&other, key))
            return listener;
    }
    return NULL;
}

/* ---- the host's part ---- */

/*
 * An address by which the host finds a path that is relative to the program's working directory,
 * which is not the host process's. Returns its length, or 0 when it is too long for an address.
 */
static u32 by_directory(struct sockaddr_un *to, int directory, const char *path)
{
    int length;

    to->sun_family = AF_UNIX;
    if (path[0] == '/' || directory == AT_FDCWD)
        length = bp_snprintf(to->sun_path, sizeof(to->sun_path), "%s", path);
    else
        length =
            bp_snprintf(to->sun_path, sizeof(to->sun_path), "/proc/self/fd/%d/%s", directory, path);
    return length < (int)sizeof(to->sun_path) ? (u32)(FAMILY_BYTES + length + 1) : 0;
}

/* A name that is bound is told to peers as it was given, so the host is given it in the program's
 * own directory. */
static long bind_in(int directory, int host_fd, const struct sockaddr_storage *addr, u32 length)
{
    long before, ret = bp_host(SYS_unshare, CLONE_FS); /* the worker's directory becomes its own */

    if (ret)
        return ret;
    before = bp_host(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC);
    ret = bp_host(SYS_fchdir, directory);
    if (!ret)
        ret = bp_host(SYS_bind, host_fd, addr, length);
    if (bp_is_error(before))
        return ret;
    bp_host(SYS_fchdir, before);
    bp_host(SYS_close, before);
    return ret;
}

long bp_unix_host_bind(int host_fd, const struct sockaddr_storage *addr, u32 length)
{
    int directory = bp_upcalls.cwd_fd();

    if (is_path(addr, length)) {
        bp_host(SYS_fchmod, host_fd, 0777 & ~bp_upcalls.umask()); /* what the file is made with */
        if (((const struct sockaddr_un *)addr)->sun_path[0] != '/' && directory != AT_FDCWD)
            return bind_in(directory, host_fd, addr, length);
    }
    return bp_host(SYS_bind, host_fd, addr, length);
}

long bp_unix_host_connect(int host_fd, const struct sockaddr_storage *addr, u32 length)
{
    int directory = bp_upcalls.cwd_fd();
    struct sockaddr_un to;
    char buf[112];
    const char *path;
    u32 host_length;
    long fd, ret;

    if (!is_path(addr, length))
        return bp_host(SYS_connect, host_fd, addr, length);
    path = path_of(addr, length, buf);
    host_length = by_directory(&to, directory, path);
    if (host_length)
        return bp_host(SYS_connect, host_fd, &to, host_length);
    fd = bp_host(SYS_openat, directory, path, O_PATH | O_CLOEXEC);
    if (bp_is_error(fd))
        return fd;
    host_length = (u32)FAMILY_BYTES + 1 +
                  (u32)bp_snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", (int)fd);
    ret = bp_host(SYS_connect, host_fd, &to, host_length);
    bp_host(SYS_close, fd);
    return ret;
}

long bp_unix_host_address(struct sockaddr_un *to, u64 user, u32 *length)
{
    struct sockaddr_storage addr;
    char buf[112];

    if (*length <= FAMILY_BYTES || *length > sizeof(*to))
        return 0; /* the host knows what to say to that */
    if (bp_sockaddr_get(&addr, user, *length))
        return -EFAULT;
    if (addr.ss_family != AF_UNIX || !is_path(&addr, *length))
        return 0;
    *length = by_directory(to, bp_upcalls.cwd_fd(), path_of(&addr, *length, buf));
    return *length ? 1 : -ENAMETOOLONG;
}

long bp_unix_need_host(struct bp_file *file)
{
    long fd;

    if (file->host_fd >= 0)
        return 0;
    fd = bp_host(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bp_is_error(fd))
        return fd;
    bp_hostfile_set_beside(file, (int)fd);
    bp_sock_apply_to_host(file);
    return 0;
}

/* ---- bind and listen ---- */

/* Remembers the name that a successful bind gave. A path is told back with its NUL (unix(7)). */
static long learn_name(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct sockaddr_storage own = *addr;
    struct stat st;
    char buf[112];

    if (length == FAMILY_BYTES) { /* autobind: the host chose an abstract name */
        length = sizeof(own);
        bp_host(SYS_getsockname, file->host_fd, &own, &length);
    } else if (is_path(addr, length)) {
        const char *path = path_of(addr, length, buf);

        length = (u32)(FAMILY_BYTES + strlen(path) + 1);
        if (bp_host(SYS_newfstatat, bp_upcalls.cwd_fd(), path, &st, 0) == 0) {
            file->sock.un.dev = st.st_dev;
            file->sock.un.ino = st.st_ino;
        }
    }
    bp_set(file->sock.un.name, bp_unix_name_create(&own, length));
    bp_hand_put(file->sock.un.name);
    bp_undo_forget();
    return file->sock.un.name ? 0 : -ENOMEM;
}

long bp_unix_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    long ret = 0;

    if (length < FAMILY_BYTES || length > sizeof(struct sockaddr_un) || addr->ss_family != AF_UNIX)
        return -EINVAL;
    if (file->sock.un.name)
        return length == FAMILY_BYTES ? 0 : -EINVAL;
    ret = bp_unix_need_host(file);
    if (!ret)
        ret = bp_unix_host_bind(file->host_fd, addr, length);
    if (!ret)
        ret = learn_name(file, addr, length);
    return ret;
}

long bp_unix_listen(struct bp_file *file, u32 backlog)
{
    struct key key;
    long ret;

    backlog = BP_MIN(backlog, bp_host_limits.somaxconn);
    if (!file->sock.un.name || file->state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING))
        return -EINVAL;
    ret = bp_host(SYS_listen, file->host_fd, backlog);
    if (ret)
        return ret;
    bp_upcalls.credentials(&file->sock.cred);
    key = key_of(file);
    bp_lock(&table->lock);
    bp_lock(&file->lock);
    if (file->kind == BP_FILE_LISTENER) {
        file->sock.backlog = backlog;
    } else {
        bp_listener_init(file, backlog);
        bp_link_tail(bucket_of(&key), &file->sock.hash_node);
    }
    bp_unlock(&file->lock);
    bp_unlock(&table->lock);
    return 0;
}

void bp_unix_unlisten(struct bp_file *file)
{
    bp_lock(&table->lock);
    bp_unlink(&file->sock.hash_node);
    bp_unlock(&table->lock);
    bp_listener_stop(file);
    bp_hostfile_close_beside(file);
    file->host_fd = -1;
}

/* ---- connect ---- */

/* The table's key of an address; the file must be one that the program may write to (unix(7)). */
static long find_key(struct key *key, const struct sockaddr_storage *addr, u32 length,
                     char buf[static 112])
{
    int directory = bp_upcalls.cwd_fd();
    struct stat st;
    const char *path;
    long ret;

    *key = (struct key){0};
    if (!is_path(addr, length)) {
        key->abstract = ((const struct sockaddr_un *)addr)->sun_path;
        key->length = length - (u32)FAMILY_BYTES;
        return 0;
    }
    path = path_of(addr, length, buf);
    ret = bp_host(SYS_newfstatat, directory, path, &st, 0);
    if (!ret)
        ret = bp_host(SYS_faccessat2, directory, path, W_OK, AT_EACCESS);
    key->dev = st.st_dev;
    key->ino = st.st_ino;
    return ret;
}

static void drop_name(struct bp_file *file)
{
    struct bp_unix_name *name = file->sock.un.name;

    if (!name)
        return;
    bp_hand_take(BP_HAND_NAME, name);
    bp_set(file->sock.un.name, NULL);
    bp_unix_name_drop(name);
}

static long connect_by_host(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    long ret = bp_unix_need_host(file);

    if (ret)
        return ret;
    ret = bp_host_connect(file, addr, length);
    if (ret)
        return ret;
    drop_name(file);
    bp_hostfile_become(file);
    return 0;
}

/* In line before a full listener. Unlike TCP, an interrupted connect leaves no attempt behind. */
static long await_connection(struct bp_file *file)
{
    u64 deadline = bp_stream_deadline(file, file->sock.send_timeout);
    long ret = 0;

    while (!ret) {
        bp_lock(&file->lock);
        if (file->state & (BP_STATE_CONNECTED | BP_STATE_ERROR)) {
            file->state &= (u16)~BP_STATE_CONNECTING;
            bp_unlock(&file->lock);
            return -bp_stream_take_error(file);
        }
        ret = bp_file_wait(file, BP_EVENTS_WRITE, BP_WATCH_THREAD, deadline);
    }
    if (!bp_listener_leave(file))
        return -bp_stream_take_error(file);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

long bp_unix_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_file *listener;
    struct key key;
    char buf[112];
    long ret;

    if (length <= FAMILY_BYTES || length > sizeof(struct sockaddr_un) || addr->ss_family != AF_UNIX)
        return -EINVAL;
    if (file->kind == BP_FILE_LISTENER)
        return -EINVAL;
    if (file->state & BP_STATE_CONNECTED)
        return -EISCONN;
    ret = find_key(&key, addr, length, buf);
    if (ret)
        return ret;
    bp_upcalls.credentials(&file->sock.cred);
    bp_lock(&table->lock);
    listener = file->peer ? NULL : find_listener(&key);
    if (listener)
        ret = bp_listener_connect(listener, file, !(file->mode & BP_MODE_NONBLOCK));
    bp_unlock(&table->lock);
    if (!listener)
        return connect_by_host(file, addr, length);
    return ret == -EINPROGRESS ? await_connection(file) : ret;
}

/* ---- the rest ---- */

long bp_unix_name(struct bp_file *file, bool peer, struct sockaddr_storage *to)
{
    if (peer && !(file->state & BP_STATE_CONNECTED))
        return -ENOTCONN;
    return bp_unix_name_format(to, peer ? file->peer->sock.un.name : file->sock.un.name);
}

void bp_unix_release(struct bp_file *file)
{
    struct bp_file *first = bp_pair_first(file);

    if (file->kind == BP_FILE_LISTENER)
        bp_unix_unlisten(file);
    if (file->state & BP_STATE_CONNECTING)
        bp_listener_leave(file);
    bp_stream_detach(file, file->state & BP_STATE_EMBRYO);
    bp_hostfile_close_beside(file);
    if (!bp_pair_leave(file))
        return;
    drop_name(first);
    drop_name(bp_pair_second(first));
    bp_pair_free(first);
}
