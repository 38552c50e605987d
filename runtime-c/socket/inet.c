#include "socket/inet.h"
#include "base/clock.h"
#include "base/host.h"
#include "memory/arena.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/local_listener.h"
#include "socket/remote.h"
#include "socket/sockopt.h"
#include "socket/stream.h"
#include "socket/host_socket.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>

enum {
    LISTENER_BUCKETS = 256,
    TUPLE_BUCKETS = 4096,
};

/* In the arena. */
struct tables {
    struct bp_lock lock; /* before every lock of a listener */
    u32 rotor;           /* spreads connections over listeners that share a port */
    u32 next_port;       /* where to look for an ephemeral port */
    struct bp_list listeners[LISTENER_BUCKETS]; /* by port */
    struct bp_list tuples[TUPLE_BUCKETS];       /* client halves of live local connections */
};

static struct tables *tables;

int bp_inet_init(void)
{
    tables = bp_arena_alloc(sizeof(*tables));
    if (!tables)
        return -ENOMEM;
    tables->next_port = (u32)bp_tsc();
    for (u32 i = 0; i < LISTENER_BUCKETS; i++)
        bp_list_init(&tables->listeners[i]);
    for (u32 i = 0; i < TUPLE_BUCKETS; i++)
        bp_list_init(&tables->tuples[i]);
    return 0;
}

/* ---- the host's socket beside ours ---- */

long bp_inet_need_host(struct bp_file *file)
{
    long fd;

    if (file->host_fd >= 0)
        return 0;
    fd = bp_host(SYS_socket, file->sock.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                 IPPROTO_TCP);
    if (bp_is_error(fd))
        return fd;
    bp_hostfile_set_beside(file, (int)fd);
    bp_sock_apply_to_host(file);
    return 0;
}

/* Takes over the address that the host's socket has got. */
static void learn_name(struct bp_file *file)
{
    struct sockaddr_storage addr = {0};
    u32 length = sizeof(addr);

    if (!bp_host(SYS_getsockname, file->host_fd, &addr, &length))
        bp_inet_parse(&file->sock.inet.local, &addr, length, file->sock.family);
}

/* ---- live connections ---- */

static struct bp_list *tuple_bucket(const struct bp_inet_addr *a, const struct bp_inet_addr *b)
{
    u64 hash = (u64)a->port << 16 | b->port;

    hash = (hash ^ a->halves[1] ^ b->halves[1] * 3) * 0x9e3779b97f4a7c15ULL;
    return &tables->tuples[hash >> 52];
}

BP_STATIC_ASSERT(TUPLE_BUCKETS == 1 << (64 - 52), "the hash's top bits");

BP_INLINE const struct bp_inet_addr *remote_of(const struct bp_file *client)
{
    return &client[1].sock.inet.local;
}

static bool same(const struct bp_inet_addr *a, const struct bp_inet_addr *b)
{
    return a->port == b->port && bp_inet_same_address(a, b);
}

/* Enters a client's connection. Returns false when there is one of these addresses and ports.
 * Tables locked. */
static bool tuple_insert(struct bp_file *client)
{
    struct bp_list *bucket = tuple_bucket(&client->sock.inet.local, remote_of(client));

    bp_list_for_each (node, bucket) {
        struct bp_file *other = bp_list_entry(node, struct bp_file, sock.inet.tuple_node);

        if (same(&other->sock.inet.local, &client->sock.inet.local) &&
            same(remote_of(other), remote_of(client)))
            return false;
    }
    bp_link_head(bucket, &client->sock.inet.tuple_node);
    return true;
}

static struct bp_list *listener_bucket(u16 port)
{
    return &tables->listeners[port % LISTENER_BUCKETS];
}

static bool is_listened_on(u16 port)
{
    bp_list_for_each (node, listener_bucket(port)) {
        if (bp_list_entry(node, struct bp_file, sock.hash_node)->sock.inet.local.port == port)
            return true;
    }
    return false;
}

/* Chooses the client's port when it has none, and enters the connection. */
static long claim_tuple(struct bp_file *client)
{
    u32 range = bp_host_limits.port_last - bp_host_limits.port_first + 1;

    if (client->sock.inet.local.port)
        return tuple_insert(client) ? 0 : -EADDRNOTAVAIL;
    for (u32 tries = 0; tries < range; tries++) {
        u16 port = (u16)(bp_host_limits.port_first + tables->next_port++ % range);

        if (is_listened_on(port))
            continue;
        client->sock.inet.local.port = port;
        if (tuple_insert(client))
            return 0;
    }
    client->sock.inet.local.port = 0;
    return -EADDRNOTAVAIL;
}

/* ---- listeners ---- */

/* How well a listener fits a target, 0 = not at all: what is bound to the very address comes before
 * wildcards. */
static u32 fitness(const struct bp_file *listener, const struct bp_inet_addr *target)
{
    const struct bp_inet_addr *local = &listener->sock.inet.local;

    if (local->port != target->port)
        return 0;
    if (bp_inet_same_address(local, target))
        return 3;
    if (!bp_inet_is_any(local))
        return 0;
    if (!bp_inet_is_v4(target))
        return listener->sock.family == AF_INET6 ? 2 : 0;
    if (listener->sock.family == AF_INET)
        return 2;
    return bp_sock_bool(listener, BP_SOCK_V6ONLY) ? 0 : 1;
}

/* The listener that Linux would choose; among equals (SO_REUSEPORT) they take turns. Tables locked.
 */
static struct bp_file *find_listener(const struct bp_inet_addr *target)
{
    u32 best = 0, equals = 0, turn;

    bp_list_for_each (node, listener_bucket(target->port)) {
        u32 fits = fitness(bp_list_entry(node, struct bp_file, sock.hash_node), target);

        equals = fits > best ? 1 : equals + (fits && fits == best);
        best = BP_MAX(best, fits);
    }
    if (!best)
        return NULL;
    turn = equals > 1 ? tables->rotor++ % equals : 0;
    bp_list_for_each (node, listener_bucket(target->port)) {
        struct bp_file *listener = bp_list_entry(node, struct bp_file, sock.hash_node);

        if (fitness(listener, target) == best && turn-- == 0)
            return listener;
    }
    return NULL;
}

long bp_inet_arrive(struct bp_file *client)
{
    struct bp_file *listener;
    long ret = -ECONNREFUSED;

    bp_lock(&tables->lock);
    listener = find_listener(&client[1].sock.inet.local);
    if (listener)
        ret = bp_listener_connect(listener, client, false);
    bp_unlock(&tables->lock);
    return ret;
}

long bp_inet_room(const struct bp_inet_addr *target)
{
    long room = -ECONNREFUSED;

    bp_lock(&tables->lock);
    bp_list_for_each (node, listener_bucket(target->port)) {
        const struct bp_file *listener = bp_list_entry(node, struct bp_file, sock.hash_node);

        if (fitness(listener, target))
            room = BP_MAX(room, (long)bp_listener_has_room(listener));
    }
    bp_unlock(&tables->lock);
    return room;
}

/* A free port for an address of a NIC: nobody listens there. */
static u16 free_port(void)
{
    u32 range = bp_host_limits.port_last - bp_host_limits.port_first + 1;

    for (u32 tries = 0; tries < range; tries++) {
        u16 port = (u16)(bp_host_limits.port_first + tables->next_port++ % range);

        if (!is_listened_on(port))
            return port;
    }
    return 0;
}

/* True when a listener is in the way of another socket at this address. */
static bool is_taken(const struct bp_file *file, const struct bp_inet_addr *addr)
{
    bp_list_for_each (node, listener_bucket(addr->port)) {
        const struct bp_file *other = bp_list_entry(node, struct bp_file, sock.hash_node);
        const struct bp_inet_addr *local = &other->sock.inet.local;
        bool share =
            bp_sock_bool(file, BP_SOCK_REUSEPORT) && bp_sock_bool(other, BP_SOCK_REUSEPORT);

        if (local->port == addr->port && !share &&
            (bp_inet_is_any(local) || bp_inet_same_address(local, addr)))
            return true;
    }
    return false;
}

/* The host knows nothing of the addresses of NICs: what is bound to one has no host socket. */
static long bind_to_nic(struct bp_file *file, const struct bp_inet_addr *addr)
{
    struct bp_inet_addr local = *addr;
    long ret = 0;

    bp_lock(&tables->lock);
    if (!local.port)
        local.port = free_port();
    if (!local.port || is_taken(file, &local))
        ret = -EADDRINUSE;
    else
        file->sock.inet.local = local;
    bp_unlock(&tables->lock);
    return ret;
}

long bp_inet_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_inet_addr parsed;
    long ret = bp_inet_parse(&parsed, addr, length, file->sock.family);

    /* An AF_INET wildcard is also taken as AF_UNSPEC, an old habit that Linux keeps. */
    if (ret == -EAFNOSUPPORT && file->sock.family == AF_INET && addr->ss_family == AF_UNSPEC)
        ret = 0;
    if (!ret && (file->state & BP_STATE_CONNECTED || file->kind == BP_FILE_LISTENER ||
                 file->sock.inet.local.port))
        ret = -EINVAL;
    if (BP_HAS_NIC && !ret && bp_remote_is_own(&parsed))
        return bind_to_nic(file, &parsed);
    if (!ret)
        ret = bp_inet_need_host(file);
    if (!ret)
        ret = bp_host(SYS_bind, file->host_fd, addr, length);
    if (!ret)
        learn_name(file);
    return ret;
}

/* Whether a socket that listens does so for the NICs too. */
static bool for_nics(const struct bp_file *file)
{
    return BP_HAS_NIC &&
           (bp_inet_is_any(&file->sock.inet.local) || bp_remote_is_own(&file->sock.inet.local));
}

static long listen_on_host(struct bp_file *file, u32 backlog)
{
    long ret;

    if (BP_HAS_NIC && bp_remote_is_own(&file->sock.inet.local))
        return 0;
    ret = bp_inet_need_host(file);
    return ret ? ret : bp_host(SYS_listen, file->host_fd, backlog);
}

long bp_inet_listen(struct bp_file *file, u32 backlog)
{
    long ret = 0;

    backlog = BP_MIN(backlog, bp_host_limits.somaxconn);
    if (file->state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING))
        return -EINVAL;
    bp_upcalls.credentials(&file->sock.cred);
    ret = listen_on_host(file, backlog);
    if (ret)
        return ret;
    if (file->kind != BP_FILE_LISTENER && file->host_fd >= 0)
        learn_name(file);
    if (BP_HAS_NIC && file->kind != BP_FILE_LISTENER && for_nics(file)) {
        ret = bp_remote_listen(file, backlog);
        if (ret)
            return ret;
    }
    bp_lock(&tables->lock);
    bp_lock(&file->lock);
    if (file->kind == BP_FILE_LISTENER) {
        file->sock.backlog = backlog;
    } else {
        bp_listener_init(file, backlog);
        bp_link_tail(listener_bucket(file->sock.inet.local.port), &file->sock.hash_node);
    }
    bp_unlock(&file->lock);
    bp_unlock(&tables->lock);
    return 0;
}

void bp_inet_unlisten(struct bp_file *file)
{
    bp_lock(&tables->lock);
    bp_unlink(&file->sock.hash_node);
    bp_unlock(&tables->lock);
    if (BP_HAS_NIC && for_nics(file))
        bp_remote_unlisten(file);
    bp_listener_stop(file);
    bp_hostfile_close_beside(file);
    file->host_fd = -1;
    file->sock.inet.local = (struct bp_inet_addr){0};
}

/* ---- connecting ---- */

/* Parks until the connection is made or has failed. */
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
    return ret == -ETIMEDOUT ? -EINPROGRESS : ret;
}

/* Through the host: the socket is host-backed from now on, whatever comes of it. */
static long connect_by_host(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    long ret = bp_inet_need_host(file);

    if (ret)
        return ret;
    bp_hostfile_become(file);
    return bp_host_connect(file, addr, length);
}

/* To where no fused program listens: over a NIC when the way leads there, else by the host. */
static long connect_outside(struct bp_file *file, const struct bp_inet_addr *target,
                            const struct sockaddr_storage *addr, u32 length)
{
    long ret;

    if (!BP_HAS_NIC || (bp_inet_is_own(target) && !bp_remote_is_own(target)) ||
        !bp_remote_reaches(target, &file->sock.inet.local))
        return connect_by_host(file, addr, length);
    ret = bp_remote_connect(file, target);
    if (ret)
        return ret;
    return file->mode & BP_MODE_NONBLOCK ? -EINPROGRESS : await_connection(file);
}

/* Settles both addresses and joins the listener's queue. Tables locked. Returns 0, -EINPROGRESS or
 * negative errno. */
static long connect_locally(struct bp_file *file, struct bp_file *listener,
                            const struct bp_inet_addr *target)
{
    struct bp_inet_addr *local = &file->sock.inet.local;
    long ret;

    file[1].sock.inet.local = *target;
    if (bp_inet_is_any(local))
        bp_inet_source_for(local, target);
    bp_unlink(&file->sock.inet.tuple_node); /* of an attempt that was refused */
    ret = claim_tuple(file);
    if (ret)
        return ret;
    return bp_listener_connect(listener, file, true);
}

/* The state of a connect call that was made before. */
static long connect_again(struct bp_file *file)
{
    if (file->state & BP_STATE_CONNECTED) {
        if (!(file->state & BP_STATE_CONNECTING))
            return -EISCONN;
        bp_file_set_state(file, 0, BP_STATE_CONNECTING); /* the first to ask is told of success */
        return 0;
    }
    if (file->mode & BP_MODE_NONBLOCK)
        return -EALREADY;
    return await_connection(file);
}

static void give_up_connecting(struct bp_file *file)
{
    if (BP_HAS_NIC && !(file->state & BP_STATE_CONNECTED) && file[1].sock.remote)
        bp_remote_abandon(file);
    else
        bp_listener_leave(file);
}

/* connect to AF_UNSPEC ends the association. The pair is used up: a later connect goes through the
 * host. */
static long disconnect(struct bp_file *file)
{
    if (file->state & BP_STATE_CONNECTING)
        give_up_connecting(file);
    if (file->state & BP_STATE_CONNECTED) {
        bp_stream_detach(file, true);
        bp_lock(&tables->lock);
        bp_unlink(&bp_pair_first(file)->sock.inet.tuple_node);
        bp_unlock(&tables->lock);
    }
    bp_lock(&file->lock);
    file->state &= BP_STATE_SECOND;
    if (file->host_fd < 0)
        file->sock.inet.local = (struct bp_inet_addr){0};
    bp_unlock(&file->lock);
    return 0;
}

/* A wildcard as a target means this machine. */
static void set_loopback(struct bp_inet_addr *target, u16 family)
{
    bool v4 = family == AF_INET || bp_inet_is_v4(target);

    target->words[2] = v4 ? 0xffff0000U : 0;
    target->words[3] = v4 ? 0x0100007fU : 0x01000000U;
}

long bp_inet_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_inet_addr target;
    struct bp_file *listener;
    long ret;

    if (length >= sizeof(addr->ss_family) && addr->ss_family == AF_UNSPEC &&
        file->kind == BP_FILE_TCP)
        return disconnect(file);
    if (file->kind == BP_FILE_LISTENER)
        return -EISCONN;
    if (file->state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING))
        return connect_again(file);
    if (file->state & BP_STATE_ERROR)
        return -bp_stream_take_error(file);
    ret = bp_inet_parse(&target, addr, length, file->sock.family);
    if (ret)
        return ret;
    bp_upcalls.credentials(&file->sock.cred);
    if (bp_inet_is_any(&target))
        set_loopback(&target, file->sock.family);
    if (file->peer || (bp_inet_is_v4(&target) && bp_sock_bool(file, BP_SOCK_V6ONLY)))
        return connect_by_host(file, addr, length);
    if (!bp_inet_is_own(&target) && !(BP_HAS_NIC && bp_remote_is_own(&target)))
        return connect_outside(file, &target, addr, length);
    bp_lock(&tables->lock);
    listener = find_listener(&target);
    if (listener)
        ret = connect_locally(file, listener, &target);
    bp_unlock(&tables->lock);
    if (!listener)
        return connect_outside(file, &target, addr, length);
    if (ret && ret != -EINPROGRESS)
        return ret;
    if (file->mode & BP_MODE_NONBLOCK) {
        bp_file_set_state(file, BP_STATE_CONNECTING, 0);
        return -EINPROGRESS;
    }
    return ret ? await_connection(file) : 0;
}

/* ---- processes outside ---- */

long bp_inet_connect_outside(struct bp_file *client, u16 port)
{
    static const u16 families[] = {AF_INET, AF_INET6};
    struct bp_inet_addr target = {.port = port};
    struct bp_file *listener = NULL;
    long ret = -ECONNREFUSED;

    bp_lock(&tables->lock);
    for (u32 i = 0; i < ARRAY_SIZE(families) && !listener; i++) {
        set_loopback(&target, families[i]);
        listener = find_listener(&target);
    }
    if (listener && !listener->attached)
        ret = connect_locally(client, listener, &target);
    bp_unlock(&tables->lock);
    return ret;
}

long bp_inet_listen_outside(struct bp_file *file, u16 port, struct bp_attached *slot)
{
    struct bp_inet_addr any = {.port = port};
    struct sockaddr_storage addr;
    u32 length = bp_inet_format(&addr, &any, file->sock.family);
    long ret = bp_inet_bind(file, &addr, length);

    if (ret)
        return ret;
    bp_lock(&tables->lock);
    bp_lock(&file->lock);
    file->attached = slot;
    bp_listener_init(file, bp_host_limits.somaxconn);
    bp_link_tail(listener_bucket(file->sock.inet.local.port), &file->sock.hash_node);
    bp_unlock(&file->lock);
    bp_unlock(&tables->lock);
    return 0;
}

/* ---- the rest ---- */

u32 bp_inet_each(u32 from, u32 most, void (*each)(struct bp_file *file, void *arg), void *arg)
{
    u32 seen = 0, at = from;

    bp_lock(&tables->lock);
    for (; at < LISTENER_BUCKETS + TUPLE_BUCKETS && seen < most; at++) {
        bool listeners = at < LISTENER_BUCKETS;
        struct bp_list *bucket =
            listeners ? &tables->listeners[at] : &tables->tuples[at - LISTENER_BUCKETS];

        bp_list_for_each (node, bucket) {
            each(listeners ? bp_list_entry(node, struct bp_file, sock.hash_node)
                           : bp_list_entry(node, struct bp_file, sock.inet.tuple_node),
                 arg);
            seen++;
        }
        seen++; /* empty ones take time too */
    }
    bp_unlock(&tables->lock);
    return at < LISTENER_BUCKETS + TUPLE_BUCKETS ? at : 0;
}

long bp_inet_name(struct bp_file *file, bool peer, struct sockaddr_storage *to)
{
    struct bp_inet_addr none = {0};

    if (!peer)
        return bp_inet_format(to, file->sock.inet.local.port ? &file->sock.inet.local : &none,
                              file->sock.family);
    if (!bp_stream_is_open(file))
        return -ENOTCONN;
    return bp_inet_format(to, &file->peer->sock.inet.local, file->sock.family);
}

void bp_inet_release(struct bp_file *file)
{
    if (file->kind == BP_FILE_LISTENER)
        bp_inet_unlisten(file);
    if (file->state & BP_STATE_CONNECTING)
        give_up_connecting(file);
    bp_stream_detach(file, file->sock.linger == 0 || file->state & BP_STATE_EMBRYO);
    bp_inet_leave(file);
}

void bp_inet_leave(struct bp_file *file)
{
    struct bp_file *first = bp_pair_first(file);

    bp_hostfile_close_beside(file);
    if (!bp_pair_leave(file))
        return;
    bp_lock(&tables->lock);
    bp_unlink(&first->sock.inet.tuple_node);
    bp_unlock(&tables->lock);
    bp_pair_free(first);
}
