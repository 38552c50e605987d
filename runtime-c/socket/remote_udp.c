#include "socket/remote_udp.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "memory/pool.h"
#include "socket/hostfile.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/syscall.h>

BP_STATIC_ASSERT(sizeof(struct bp_remote_udp) <= 17 * 64, "memory/pool.def");

enum {
    PAYLOAD_MAX = 65507,
    WAITING_MAX = 212992, /* bytes in one direction: Linux's rmem_default */
};

/* ---- life ---- */

void bp_remote_udp_attach(struct bp_file *file, u16 family)
{
    struct bp_remote_udp *udp = bp_pool_get(BP_POOL_REMOTE_UDP);

    if (!udp)
        return;
    *udp = (struct bp_remote_udp){
        .item = {.kind = BP_REMOTE_UDP, .owner = bp_remote_owner_here()},
        .refs = 1,
        .family = family,
        .options = {.ttl = 64, .multicast_ttl = 1, .loop = true, .mtu_discover = IP_PMTUDISC_WANT},
    };
    bp_list_init(&udp->item.node);
    bp_list_init(&udp->files);
    bp_list_add_tail(&udp->files, &file->sock.queue);
    file->sock.udp = udp;
}

void bp_remote_udp_drop(struct bp_remote_udp *udp)
{
    if (__atomic_sub_fetch(&udp->refs, 1, __ATOMIC_ACQ_REL))
        return;
    bp_chunks_put(bp_fifo_take_all(&udp->in));
    bp_chunks_put(bp_fifo_take_all(&udp->out));
    bp_chunks_put(bp_fifo_take_all(&udp->reports));
    bp_pool_put(BP_POOL_REMOTE_UDP, udp);
}

void bp_remote_udp_share(struct bp_file *copy, const struct bp_file *file)
{
    struct bp_remote_udp *udp = file->sock.udp;

    copy->sock.udp = udp;
    if (!udp)
        return;
    __atomic_fetch_add(&udp->refs, 1, __ATOMIC_RELAXED);
    bp_lock(&udp->lock);
    bp_list_add_tail(&udp->files, &copy->sock.queue);
    bp_unlock(&udp->lock);
}

/* The last description takes the endpoint with it, when all that is to be sent has left. */
void bp_remote_udp_detach(struct bp_file *file)
{
    struct bp_remote_udp *udp = file->sock.udp;
    bool last;

    bp_lock(&udp->lock);
    bp_list_del(&file->sock.queue);
    last = bp_list_empty(&udp->files) && udp->bound;
    udp->closing |= last;
    bp_unlock(&udp->lock);
    if (last)
        bp_remote_put(&udp->item);
    bp_remote_udp_drop(udp);
}

/* ---- addresses ---- */

static long bind_over_nics(struct bp_remote_udp *udp, const struct bp_inet_addr *local)
{
    long ret;

    udp->local = *local;
    ret = bp_remote_ask_udp(BP_REMOTE_UDP_BIND, udp, NULL, NULL);
    if (ret)
        udp->local = (struct bp_inet_addr){0};
    return ret;
}

static bool is_multicast(const struct bp_inet_addr *addr)
{
    return bp_inet_is_v4(addr) ? (addr->bytes[12] & 0xf0) == 0xe0 : addr->bytes[0] == 0xff;
}

static long learn_host_name(struct bp_file *file, struct bp_inet_addr *addr)
{
    struct sockaddr_storage name = {0};
    u32 length = sizeof(name);
    long ret = bp_host(SYS_getsockname, file->host_fd, &name, &length);

    return ret ? ret : bp_inet_parse(addr, &name, length, file->sock.udp->family);
}

long bp_remote_udp_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_remote_udp *udp = file->sock.udp;
    struct bp_inet_addr local;
    long ret = bp_inet_parse(&local, addr, length, udp->family);

    if (!ret && udp->bound)
        return -EINVAL;
    if (!ret && bp_remote_is_own(&local))
        return bind_over_nics(udp, &local);
    ret = bp_host(SYS_bind, file->host_fd, addr, length);
    if (ret)
        return ret;
    udp->on_host = true;
    ret = learn_host_name(file, &local);
    if (ret || !(bp_inet_is_any(&local) || is_multicast(&local)))
        return ret;
    return bind_over_nics(udp, &local);
}

/* Before the first datagram over a NIC: an address of the stack's choice. */
static long ensure_bound(struct bp_file *file)
{
    struct bp_remote_udp *udp = file->sock.udp;
    struct bp_inet_addr any = {0};

    if (udp->bound)
        return 0;
    if (udp->on_host)
        return -EINVAL; /* it is bound to an address of the host's */
    if (udp->family == AF_INET)
        any.words[2] = 0xffff0000U;
    return bind_over_nics(udp, &any);
}

static long disconnect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_remote_udp *udp = file->sock.udp;

    if (udp->peer.port) {
        udp->peer.port = 0;
        bp_remote_ask_udp(BP_REMOTE_UDP_CONNECT, udp, NULL, NULL);
    }
    return bp_host(SYS_connect, file->host_fd, addr, length);
}

long bp_remote_udp_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length)
{
    struct bp_remote_udp *udp = file->sock.udp;
    struct bp_inet_addr peer, old = udp->peer;
    long ret;

    if (length >= sizeof(addr->ss_family) && addr->ss_family == AF_UNSPEC)
        return disconnect(file, addr, length);
    ret = bp_inet_parse(&peer, addr, length, udp->family);
    if (ret)
        return ret;
    if (!bp_remote_reaches(&peer, &udp->local) || bp_inet_is_own(&peer)) {
        udp->on_host = true;
        return bp_host(SYS_connect, file->host_fd, addr, length);
    }
    ret = ensure_bound(file);
    if (ret)
        return ret;
    udp->peer = peer;
    ret = bp_remote_ask_udp(BP_REMOTE_UDP_CONNECT, udp, NULL, NULL);
    if (ret)
        udp->peer = old;
    return ret;
}

long bp_remote_udp_name(struct bp_file *file, bool peer, struct sockaddr_storage *to)
{
    struct bp_remote_udp *udp = file->sock.udp;
    u32 length = sizeof(*to);
    long ret;

    if (peer ? udp->peer.port : udp->bound)
        return bp_inet_format(to, peer ? &udp->peer : &udp->local, udp->family);
    ret = bp_host(peer ? SYS_getpeername : SYS_getsockname, file->host_fd, to, &length);
    return ret ? ret : (long)length;
}

/* ---- news ---- */

/* The record's lock is held. */
static void tell_all(struct bp_remote_udp *udp, u32 events)
{
    bp_list_for_each (node, &udp->files) {
        struct bp_file *file = bp_list_entry(node, struct bp_file, sock.queue);

        bp_lock(&file->lock);
        bp_notify(file, events);
        bp_unlock(&file->lock);
    }
}

void bp_remote_udp_failed(struct bp_remote_udp *udp, s32 error)
{
    bp_lock(&udp->lock);
    udp->error = error;
    tell_all(udp, BP_EVENTS_READ | BP_EVENTS_WRITE | EPOLLERR);
    bp_unlock(&udp->lock);
}

s32 bp_remote_udp_error(struct bp_file *file)
{
    return __atomic_exchange_n(&file->sock.udp->error, 0, __ATOMIC_RELAXED);
}

static void append(struct bp_fifo *fifo, struct bp_chunk *chunk)
{
    bp_fifo_append(fifo, chunk);
    WRITE_ONCE(fifo->tail, fifo->tail + (chunk->end - chunk->begin));
}

/* Takes the first chunk out; the caller frees it. */
static struct bp_chunk *shift(struct bp_fifo *fifo)
{
    struct bp_chunk *chunk = fifo->first;

    if (!chunk)
        return NULL;
    fifo->first = chunk->next;
    if (!fifo->first)
        fifo->last = NULL;
    WRITE_ONCE(fifo->head, fifo->head + (chunk->end - chunk->begin));
    return chunk;
}

bool bp_remote_udp_arrived(struct bp_remote_udp *udp, struct bp_chunk *chunk)
{
    bool room;

    bp_lock(&udp->lock);
    room = bp_fifo_used(&udp->in) + chunk->end <= WAITING_MAX;
    if (room) {
        append(&udp->in, chunk);
        tell_all(udp, BP_EVENTS_READ);
    } else {
        bp_chunk_put(chunk);
    }
    bp_unlock(&udp->lock);
    return room;
}

void bp_remote_udp_report(struct bp_remote_udp *udp, const struct bp_remote_report *report,
                          const void *bytes, size_t length)
{
    struct bp_chunk *chunk = bp_chunk_get(sizeof(*report) + length);

    if (!chunk)
        return;
    *(struct bp_remote_report *)chunk->data = *report;
    if (length)
        memcpy(chunk->data + sizeof(*report), bytes, length);
    chunk->end = (u32)(sizeof(*report) + length);
    chunk->sealed = chunk->packet = 1;
    bp_lock(&udp->lock);
    if (bp_fifo_used(&udp->reports) + chunk->end <= WAITING_MAX) {
        append(&udp->reports, chunk);
        tell_all(udp, EPOLLERR);
    } else {
        bp_chunk_put(chunk);
    }
    bp_unlock(&udp->lock);
}

void bp_remote_udp_too_long(struct bp_remote_udp *udp, const struct bp_inet_addr *to)
{
    struct bp_remote_report report = {.what = {.ee_errno = EMSGSIZE,
                                               .ee_origin = SO_EE_ORIGIN_LOCAL,
                                               .ee_info = READ_ONCE(udp->mtu)},
                                      .destination = *to};

    if (bp_inet_is_v4(to)) /* as Linux: of IPv4 the connection's port, and 0 without one */
        report.destination.port = udp->peer.port;
    if (bp_remote_udp_reports(udp, !bp_inet_is_v4(to)))
        bp_remote_udp_report(udp, &report, NULL, 0);
}

struct bp_chunk *bp_remote_udp_next_out(struct bp_remote_udp *udp)
{
    struct bp_chunk *chunk;

    bp_lock(&udp->lock);
    chunk = shift(&udp->out);
    if (chunk && !udp->out.first)
        tell_all(udp, BP_EVENTS_WRITE);
    bp_unlock(&udp->lock);
    return chunk;
}

/* ---- sending ---- */

static bool has_room(const struct bp_remote_udp *udp)
{
    return bp_fifo_used(&udp->out) < WAITING_MAX;
}

/* The program's bytes behind their addresses. */
static struct bp_chunk *make_chunk(struct bp_iter *from, const struct bp_remote_datagram *head,
                                   long *error)
{
    size_t bytes = from->left;
    struct bp_chunk *chunk = bp_chunk_get(sizeof(struct bp_remote_datagram) + bytes);

    *error = -ENOBUFS;
    if (!chunk)
        return NULL;
    *(struct bp_remote_datagram *)chunk->data = *head;
    chunk->end = (u32)(sizeof(struct bp_remote_datagram) + bytes);
    chunk->sealed = chunk->packet = 1;
    if (bytes && bp_iter_take(from, chunk->data + sizeof(struct bp_remote_datagram), bytes)) {
        bp_chunk_put(chunk);
        *error = -EFAULT;
        return NULL;
    }
    return chunk;
}

static long await_room(struct bp_file *file, u32 flags)
{
    struct bp_remote_udp *udp = file->sock.udp;

    while (!has_room(udp)) {
        long ret;

        if (file->mode & BP_MODE_NONBLOCK || flags & MSG_DONTWAIT)
            return -EAGAIN;
        bp_lock(&file->lock);
        if (has_room(udp)) {
            bp_unlock(&file->lock);
            break;
        }
        ret = bp_file_wait(file, BP_EVENTS_WRITE, BP_WATCH_THREAD, BP_NEVER);
        if (ret)
            return ret;
    }
    return 0;
}

/* IP_PMTUDISC_DO: as far as is known yet; the stack finds the rest. */
static bool is_too_long(const struct bp_remote_udp *udp, const struct bp_inet_addr *to, long bytes)
{
    u32 headers = 8 + (bp_inet_is_v4(to) ? 20 : 40);

    return udp->options.mtu_discover == IP_PMTUDISC_DO && READ_ONCE(udp->mtu) &&
           (u32)bytes + headers > READ_ONCE(udp->mtu);
}

static long queue(struct bp_file *file, struct bp_iter *from, const struct bp_remote_datagram *head,
                  u32 flags)
{
    struct bp_remote_udp *udp = file->sock.udp;
    long bytes = (long)from->left, ret;
    struct bp_chunk *chunk;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (bytes > UINT16_MAX)
        return -EMSGSIZE;
    if (bytes > PAYLOAD_MAX || is_too_long(udp, &head->peer, bytes)) {
        bp_remote_udp_too_long(udp, &head->peer);
        return -EMSGSIZE;
    }
    ret = ensure_bound(file);
    if (!ret)
        ret = -bp_remote_udp_error(file);
    if (!ret)
        ret = await_room(file, flags);
    if (ret)
        return ret;
    chunk = make_chunk(from, head, &ret);
    if (!chunk)
        return ret;
    bp_lock(&udp->lock);
    append(&udp->out, chunk);
    bp_unlock(&udp->lock);
    bp_remote_put(&udp->item);
    return bytes;
}

long bp_remote_udp_send(struct bp_file *file, struct bp_iter *from, const struct msghdr *msg,
                        u32 flags, bool *hosts)
{
    u32 length = msg->msg_name ? msg->msg_namelen : 0;
    struct bp_remote_datagram head = {0};
    struct bp_remote_udp *udp = file->sock.udp;
    struct sockaddr_storage storage;
    struct bp_inet_addr to = udp->peer;
    long ret = 0;

    if (length) {
        ret = bp_sockaddr_get(&storage, (u64)msg->msg_name, length);
        if (!ret)
            ret = bp_inet_parse(&to, &storage, length, udp->family);
    }
    *hosts =
        ret || !to.port || !bp_remote_reaches(&to, &udp->local) || (length && bp_inet_is_own(&to));
    if (*hosts) { /* who knows best what is wrong, too */
        udp->on_host = true;
        return 0;
    }
    if (msg->msg_controllen)
        ret = bp_remote_udp_control_get(msg, &head);
    head.peer = to;
    return ret ? ret : queue(file, from, &head, flags);
}

/* ---- receiving ---- */

u32 bp_remote_udp_poll(struct bp_file *file, u32 mask)
{
    const struct bp_remote_udp *udp = file->sock.udp;

    if (!has_room(udp))
        mask &= ~BP_EVENTS_WRITE;
    return mask | (READ_ONCE(udp->in.first) ? BP_EVENTS_READ : 0) |
           (READ_ONCE(udp->error) ? EPOLLERR | BP_EVENTS_READ : 0) |
           (READ_ONCE(udp->reports.first) ? EPOLLERR : 0);
}

s64 bp_remote_udp_next(struct bp_file *file)
{
    struct bp_remote_udp *udp = file->sock.udp;
    s64 bytes = -1;

    bp_lock(&udp->lock);
    if (udp->in.first)
        bytes = (s64)udp->in.first->end - (s64)sizeof(struct bp_remote_datagram);
    bp_unlock(&udp->lock);
    return bytes;
}

/* Gives the program a datagram. Returns what the call does. */
static long give(struct bp_chunk *chunk, struct bp_iter *to, u32 flags, u16 family,
                 struct bp_remote_udp_arrival *arrival)
{
    u32 bytes = chunk->end - (u32)sizeof(struct bp_remote_datagram);
    u32 n = (u32)BP_MIN((size_t)bytes, to->left);

    arrival->head = *(struct bp_remote_datagram *)chunk->data;
    arrival->from_length = bp_inet_format(&arrival->from, &arrival->head.peer, family);
    arrival->truncated = n < bytes;
    if (n && bp_iter_put(to, chunk->data + sizeof(struct bp_remote_datagram), n))
        return -EFAULT;
    return flags & MSG_TRUNC ? bytes : n;
}

/* The next datagram, or NULL; with peek it stays where it is and the turn is kept until it is put
 * back. */
static long take(struct bp_remote_udp *udp, struct bp_iter *to, u32 flags,
                 struct bp_remote_udp_arrival *arrival)
{
    struct bp_chunk *chunk;
    long ret;

    bp_lock(&udp->lock);
    chunk = shift(&udp->in);
    bp_unlock(&udp->lock);
    if (!chunk)
        return -EAGAIN;
    ret = give(chunk, to, flags, udp->family, arrival);
    if (flags & MSG_PEEK) {
        bp_lock(&udp->lock);
        bp_fifo_unread(&udp->in, chunk);
        bp_unlock(&udp->lock);
    } else {
        bp_chunk_put(chunk);
    }
    return ret;
}

static bool is_of_icmp(const struct bp_chunk *chunk)
{
    return chunk &&
           ((const struct bp_remote_report *)chunk->data)->what.ee_origin != SO_EE_ORIGIN_LOCAL;
}

/* With the last report SO_ERROR is told, too; with another one it is the next one's. */
static struct bp_chunk *shift_report(struct bp_remote_udp *udp)
{
    struct bp_chunk *chunk, *next;

    bp_lock(&udp->lock);
    chunk = shift(&udp->reports);
    next = udp->reports.first;
    if (is_of_icmp(next))
        udp->error = (s32)((const struct bp_remote_report *)next->data)->what.ee_errno;
    else if (is_of_icmp(chunk))
        udp->error = 0;
    bp_unlock(&udp->lock);
    return chunk;
}

/* MSG_ERRQUEUE: never waits. Without a report here the host may have one, or says that there is
 * none. */
static long take_report(struct bp_remote_udp *udp, struct bp_iter *to,
                        struct bp_remote_udp_arrival *arrival)
{
    struct bp_chunk *chunk = shift_report(udp);
    size_t n;
    long ret;

    arrival->hosts = !chunk;
    if (!chunk)
        return 0;
    arrival->report = *(struct bp_remote_report *)chunk->data;
    arrival->reported = true;
    n = BP_MIN(chunk->end - sizeof(arrival->report), to->left);
    arrival->truncated = n < chunk->end - sizeof(arrival->report);
    arrival->from_length =
        bp_inet_format(&arrival->from, &arrival->report.destination, udp->family);
    ret = n && bp_iter_put(to, chunk->data + sizeof(arrival->report), n) ? -EFAULT : (long)n;
    bp_chunk_put(chunk);
    return ret;
}

static bool host_has(struct bp_file *file)
{
    return file->sock.udp->on_host && bp_hostfile_poll(file, EPOLLIN) & (EPOLLIN | EPOLLERR);
}

/* Until something comes in on either side: 0, or negative errno. */
static long await(struct bp_file *file, u64 deadline)
{
    struct bp_remote_udp *udp = file->sock.udp;
    long ret;

    bp_lock(&udp->lock);
    bp_lock(&file->lock);
    if (udp->in.first || udp->error) {
        bp_unlock(&file->lock);
        bp_unlock(&udp->lock);
        return 0;
    }
    bp_unlock(&udp->lock);
    if (udp->on_host)
        bp_hostfile_arm(file, EPOLLIN);
    ret = bp_file_wait(file, BP_EVENTS_READ | EPOLLERR, BP_WATCH_THREAD, deadline);
    return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

long bp_remote_udp_receive(struct bp_file *file, struct bp_iter *to, u32 flags,
                           struct bp_remote_udp_arrival *arrival)
{
    struct bp_remote_udp *udp = file->sock.udp;
    u64 deadline = 0;
    long ret;

    arrival->hosts = arrival->reported = false;
    if (flags & MSG_ERRQUEUE)
        return take_report(udp, to, arrival);
    for (;;) {
        ret = -bp_remote_udp_error(file);
        if (ret)
            return ret;
        ret = take(udp, to, flags, arrival);
        if (ret != -EAGAIN)
            return ret;
        arrival->hosts = host_has(file);
        if (arrival->hosts)
            return 0;
        if (file->mode & BP_MODE_NONBLOCK || flags & MSG_DONTWAIT)
            return -EAGAIN;
        if (!deadline)
            deadline = bp_hostfile_deadline(file, SO_RCVTIMEO);
        ret = await(file, deadline);
        if (ret)
            return ret;
    }
}
