/* UDP sockets: endpoints of the stack, and datagrams in chunks of the arena on their way from and
 * to programs. */
#include "base/clock.h"
#include "memory/pool.h"
#include "remote/stack.h"
#include "socket/remote_udp.h"

#include <errno.h>
#include <netinet/in.h>

enum {
    HEAD = sizeof(struct bp_remote_datagram),
};

static struct bp_remote_udp *of(struct bp_udp_endpoint *endpoint)
{
    return container_of(endpoint, struct bp_remote_udp, endpoint);
}

/* ---- in ---- */

static void receive(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                    const struct bp_udp_source *source)
{
    struct bp_chunk *chunk = bp_chunk_get(HEAD + payload->total);
    struct bp_net *net = endpoint->udp->net;

    if (!chunk)
        return bp_net_count_drop(net, BP_DROP_UDP_MEMORY);
    *(struct bp_remote_datagram *)chunk->data = (struct bp_remote_datagram){
        .peer = bp_remote_inet(&source->info->source, source->port),
        .local = bp_remote_inet(&source->info->destination, endpoint->local_port),
        .tos = source->info->tos,
        .ttl = source->info->ttl,
    };
    if (of(endpoint)->options.timestamp || of(endpoint)->options.timestampns)
        ((struct bp_remote_datagram *)chunk->data)->realtime = bp_now_realtime();
    bp_packet_read(payload, 0, chunk->data + HEAD, payload->total);
    chunk->end = HEAD + payload->total;
    chunk->sealed = chunk->packet = 1;
    if (!bp_remote_udp_arrived(of(endpoint), chunk))
        bp_net_count_drop(net, BP_DROP_UDP_FULL);
}

static void report(struct bp_remote_udp *udp, const struct bp_ip_error *news)
{
    const struct bp_udp_header *header = (const void *)news->transport;
    struct bp_remote_report report = {
        .what = {.ee_errno = (u32)-news->error,
                 .ee_origin = news->v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP,
                 .ee_type = news->type,
                 .ee_code = news->code,
                 .ee_info = news->mtu},
        .destination = bp_remote_inet(&news->destination, bp_be16(header->destination)),
        .offender = bp_remote_inet(&news->offender, 0),
    };

    bp_remote_udp_report(udp, &report, header + 1, news->transport_len - sizeof(*header));
}

/* As Linux: only who is connected hears of errors, or who asks for them (ip(7), IP_RECVERR). */
static void error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *news)
{
    bool reports = bp_remote_udp_reports(of(endpoint), news->v6);

    if (reports)
        report(of(endpoint), news);
    if (reports || (endpoint->remote_port && news->hard))
        bp_remote_udp_failed(of(endpoint), -news->error);
}

static const struct bp_udp_handlers handlers = {.receive = receive, .error = error};

/* ---- addresses ---- */

/* Memberships go with the socket: the worker that has the port gets the groups' datagrams. */
static void change_groups(struct bp_stack *stack, struct bp_remote_udp *udp,
                          int (*change)(struct bp_net *net, u16 interface,
                                        const struct bp_ip_addr *group))
{
    for (u32 i = 0; i < BP_REMOTE_GROUPS; i++) {
        if (udp->groups[i].used)
            change(&stack->net, udp->groups[i].interface, &udp->groups[i].group);
    }
}

/* The port is another worker's: all of its sockets are. */
static bool is_elsewhere(struct bp_stack *stack, struct bp_remote_call *call)
{
    u32 owner = bp_steer_udp_owner(&stack->net, call->udp->local.port);

    if (owner == stack->worker || owner == BP_STEER_NONE)
        return false;
    change_groups(stack, call->udp, bp_group_leave);
    call->udp->moved = true;
    call->item.owner = call->udp->item.owner = owner;
    return true;
}

long bp_remote_udp_do_bind(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_remote_udp *udp = call->udp;
    long ret;

    if (udp->moved)
        change_groups(stack, udp, bp_group_join);
    udp->moved = false;
    udp->endpoint = (struct bp_udp_endpoint){
        .handlers = &handlers,
        .local = bp_remote_ip(&udp->local),
        .local_port = udp->local.port,
        .interface = BP_NET_ANY_INTERFACE,
        .flags = udp->options.flags,
    };
    ret = bp_udp_bind(&stack->net, &udp->endpoint);
    if (ret == -EADDRINUSE && is_elsewhere(stack, call))
        return BP_REMOTE_MOVED;
    if (ret)
        return ret;
    udp->local.port = udp->endpoint.local_port;
    udp->bound = true;
    __atomic_fetch_add(&udp->refs, 1, __ATOMIC_RELAXED);
    return 0;
}

static int find_path(struct bp_stack *stack, struct bp_remote_udp *udp,
                     const struct bp_ip_addr *source, const struct bp_ip_addr *to)
{
    if (bp_ip_equal(&udp->path.destination, to) &&
        (bp_ip_is_any(source) || bp_ip_equal(&udp->path.source, source)))
        return 0;
    return bp_ip_path_init(&stack->net, &udp->path, bp_ip_is_any(source) ? NULL : source, to,
                           BP_NET_ANY_INTERFACE);
}

long bp_remote_udp_do_connect(struct bp_stack *stack, struct bp_remote_call *call)
{
    struct bp_remote_udp *udp = call->udp;
    struct bp_ip_addr to = bp_remote_ip(&udp->peer);
    long ret;

    if (!udp->peer.port) {
        bp_udp_disconnect(&udp->endpoint);
        return 0;
    }
    ret = find_path(stack, udp, &udp->endpoint.local, &to);
    if (ret)
        return ret;
    WRITE_ONCE(udp->mtu, bp_ip_mtu(&stack->net, &udp->path));
    bp_udp_connect(&stack->net, &udp->endpoint, &udp->path, udp->peer.port);
    udp->local = bp_remote_inet(&udp->endpoint.local, udp->endpoint.local_port);
    return 0;
}

/* ---- groups ---- */

/* The interface that has the address; the first one for a wildcard. */
static int interface_at(const struct bp_stack *stack, const struct bp_ip_addr *at)
{
    if (bp_ip_is_any(at))
        return 0;
    for (u32 i = 0; i < stack->net.address_count; i++) {
        if (bp_ip_equal(&stack->net.addresses[i].prefix.addr, at))
            return stack->net.addresses[i].interface;
    }
    return -ENODEV;
}

long bp_remote_udp_do_join(struct bp_stack *stack, struct bp_remote_call *call)
{
    int interface = interface_at(stack, &call->at);
    long ret;

    if (interface < 0)
        return interface;
    for (u32 i = 0; i < BP_REMOTE_GROUPS; i++) {
        __typeof__(call->udp->groups[0]) *entry = &call->udp->groups[i];

        if (entry->used)
            continue;
        ret = bp_group_join(&stack->net, (u16)interface, &call->addr);
        if (!ret)
            *entry = (__typeof__(*entry)){
                .group = call->addr, .interface = (u16)interface, .used = true};
        return ret;
    }
    return -ENOBUFS;
}

long bp_remote_udp_do_leave(struct bp_stack *stack, struct bp_remote_call *call)
{
    for (u32 i = 0; i < BP_REMOTE_GROUPS; i++) {
        __typeof__(call->udp->groups[0]) *entry = &call->udp->groups[i];

        if (!entry->used || !bp_ip_equal(&entry->group, &call->addr))
            continue;
        entry->used = false;
        return bp_group_leave(&stack->net, entry->interface, &entry->group);
    }
    return -EADDRNOTAVAIL;
}

/* ---- out ---- */

/* The bytes in packets of the stack, the first with room for all headers. NULL: none are left. */
static struct bp_packet *packets_of(struct bp_stack *stack, const u8 *data, u32 len)
{
    struct bp_packet *first = bp_net_alloc(&stack->net), *last = first;

    while (last) {
        u32 n = BP_MIN(len, bp_packet_tailroom(last));

        memcpy(bp_packet_data(last) + last->len, data, n);
        last->len = (u16)(last->len + n);
        first->total += n;
        data += n;
        len -= n;
        if (!len)
            return first;
        last->next = bp_net_alloc(&stack->net);
        last = last->next;
    }
    bp_net_free(&stack->net, first);
    return NULL;
}

/* IP_MTU_DISCOVER: who wants routers to fragment does not care for the path's MTU; who wants no
 * fragments at all is told of what is too long. */
static void set_path_flags(struct bp_remote_udp *udp)
{
    const struct bp_remote_udp_options *options = &udp->options;
    u32 flags = options->loop ? BP_PATH_LOOP : 0;

    if (options->mtu_discover != IP_PMTUDISC_DO && options->mtu_discover != IP_PMTUDISC_PROBE)
        flags |= BP_PATH_FRAGMENT;
    if (options->mtu_discover == IP_PMTUDISC_DONT)
        flags |= BP_PATH_NO_DF;
    udp->path.flags =
        (u16)((udp->path.flags & ~(BP_PATH_LOOP | BP_PATH_FRAGMENT | BP_PATH_NO_DF)) | flags);
}

static void send_chunk(struct bp_stack *stack, struct bp_remote_udp *udp,
                       const struct bp_chunk *chunk)
{
    const struct bp_remote_datagram *head = (const struct bp_remote_datagram *)chunk->data;
    const struct bp_remote_udp_options *options = &udp->options;
    struct bp_ip_addr to = bp_remote_ip(&head->peer);
    struct bp_ip_addr source =
        head->local.halves[1] ? bp_remote_ip(&head->local) : udp->endpoint.local;
    struct bp_packet *packet;
    u8 ttl = options->ttl, tos = head->has_tos ? head->tos : options->tos;
    int ret = find_path(stack, udp, &source, &to);

    packet = ret ? NULL : packets_of(stack, chunk->data + HEAD, chunk->end - HEAD);
    if (packet) {
        set_path_flags(udp);
        WRITE_ONCE(udp->mtu, bp_ip_mtu(&stack->net, &udp->path));
        if (udp->path.flags & BP_PATH_MULTICAST)
            ttl = options->multicast_ttl;
        if (head->has_ttl)
            ttl = head->ttl;
        ret = bp_udp_output(&stack->net, packet, &udp->path, udp->endpoint.local_port,
                            head->peer.port, tos, ttl);
    }
    if (ret == -EMSGSIZE)
        bp_remote_udp_too_long(udp, &head->peer);
    /* ENOBUFS is a loss on the way, as Linux has it without IP_RECVERR. */
    if (ret && ret != -ENOBUFS)
        bp_remote_udp_failed(udp, -ret);
}

static void end(struct bp_stack *stack, struct bp_remote_udp *udp)
{
    change_groups(stack, udp, bp_group_leave);
    bp_udp_unbind(&udp->endpoint);
    bp_remote_forget(&udp->item);
    bp_remote_udp_drop(udp);
}

void bp_remote_udp_look(struct bp_stack *stack, struct bp_remote_udp *udp)
{
    struct bp_chunk *chunk;

    while ((chunk = bp_remote_udp_next_out(udp))) {
        send_chunk(stack, udp, chunk);
        bp_chunk_put(chunk);
    }
    if (READ_ONCE(udp->closing))
        end(stack, udp);
}
