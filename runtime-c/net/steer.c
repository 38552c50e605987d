#include "net/steer.h"

#include "net/ether.h"
#include "net/ip_route.h"

/* ---- set up ---- */

void bp_steering_init(struct bp_steering *steering, const u8 key[BP_TOEPLITZ_KEY],
                      void (*wake)(u32 worker))
{
    bp_toeplitz_init(&steering->hash, key);
    steering->wake = wake;
}

void bp_steering_add_nic(struct bp_steering *steering, u32 nic, const u8 *workers, u32 queues)
{
    struct bp_steer_nic *it = &steering->nics[nic];

    BP_BUG_ON(!queues || queues > BP_WORKERS_MAX);
    it->queues = (u16)queues;
    it->entries = (u16)(BP_STEER_TABLE / queues * queues); /* to each as many */
    for (u32 i = 0; i < it->entries; i++)
        it->owners[i] = workers[i % queues];
}

void bp_steering_by_device(struct bp_steering *steering, u32 nic, const u8 *workers,
                           const u16 *table, u32 entries)
{
    struct bp_steer_nic *it = &steering->nics[nic];

    BP_BUG_ON(!entries || entries > BP_STEER_TABLE);
    it->by_device = true;
    it->entries = (u16)entries;
    for (u32 i = 0; i < entries; i++)
        it->owners[i] = workers[table[i]];
}

void bp_steering_add_stack(struct bp_steering *steering, u32 worker, struct bp_net *net,
                           const u8 *nics, u32 count)
{
    struct bp_steer_stack *stack = &steering->stacks[worker];

    stack->net = net;
    memset(stack->interfaces, BP_STEER_NONE, sizeof(stack->interfaces));
    for (u32 i = 0; i < count; i++) {
        stack->nics[i] = nics[i];
        stack->interfaces[nics[i]] = (u8)i;
    }
}

/* ---- owners ---- */

static const struct bp_steer_nic *nic_of(const struct bp_net *net, u16 interface)
{
    const struct bp_steering *steering = net->steering;

    return &steering->nics[steering->stacks[net->worker].nics[interface]];
}

static u32 owner_of(const struct bp_net *net, const struct bp_steer_nic *nic, const u8 *input,
                    u32 bytes)
{
    return nic->owners[bp_toeplitz_hash(&net->steering->hash, input, bytes) % nic->entries];
}

/* The hash's input, of packets that come in. Returns its bytes. */
static u32 hash_input(u8 *input, const struct bp_tcp_key *key)
{
    u32 skip = bp_ip_is_v4(&key->local) ? 12 : 0, length = 16 - skip;
    be16 ports[2] = {bp_be16(key->remote_port), bp_be16(key->local_port)};

    memcpy(input, key->remote.bytes + skip, length);
    memcpy(input + length, key->local.bytes + skip, length);
    memcpy(input + 2 * length, ports, sizeof(ports));
    return 2 * length + (u32)sizeof(ports);
}

u32 bp_steer_owner(struct bp_net *net, const struct bp_tcp_key *key)
{
    u8 input[BP_TOEPLITZ_INPUT_MAX];
    struct bp_tcp_key whole = *key;
    const struct bp_net_address *own;
    struct bp_ip_path path = {0};

    if (!net->steering)
        return net->worker;
    if (bp_ip_is_any(&key->local) &&
        !bp_ip_path_init(net, &path, NULL, &key->remote, BP_NET_ANY_INTERFACE))
        whole.local = path.source;
    own = bp_ip_own(net, &whole.local);
    if (!own) /* no such address or route: whoever tries is told */
        return net->worker;
    return owner_of(net, nic_of(net, own->interface), input, hash_input(input, &whole));
}

enum {
    ENDPOINT = 1 << 8, /* one of them, in bp_steering.udp_ports */
};

u32 bp_steer_udp_owner(const struct bp_net *net, u16 port)
{
    u32 word = net->steering ? READ_ONCE(net->steering->udp_ports[port]) : 0;

    return word ? (u8)word : BP_STEER_NONE;
}

bool bp_steer_claim_udp(struct bp_net *net, u16 port)
{
    u32 *word, old, wanted;

    if (!net->steering)
        return true;
    word = &net->steering->udp_ports[port];
    old = READ_ONCE(*word);
    do {
        if (old && (u8)old != net->worker)
            return false;
        wanted = (old ? old : net->worker) + ENDPOINT;
    } while (
        !__atomic_compare_exchange_n(word, &old, wanted, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return true;
}

/* Nobody else's while it is ours: only this worker changes it. */
void bp_steer_release_udp(struct bp_net *net, u16 port)
{
    u32 *word;

    if (!net->steering)
        return;
    word = &net->steering->udp_ports[port];
    WRITE_ONCE(*word, *word < 2 * ENDPOINT ? 0 : *word - ENDPOINT);
}

/* ---- giving ---- */

/* Takes over the packet. */
static void give(struct bp_net *net, u32 to, const struct bp_handover_item *item)
{
    struct bp_handover *ring = net->steering->rings[net->worker][to];
    struct bp_handover_item *next = bp_handover_next(ring);

    net->to_wake |= 1u << to;
    if (unlikely(!next))
        return bp_net_drop(net, item->packet, BP_DROP_HANDOVER_FULL);
    *next = *item;
    bp_handover_give(ring);
    net->handed_over++;
}

bool bp_steer_pass_on(struct bp_net *net, u32 worker, struct bp_packet *packet,
                      const struct bp_ip_info *info)
{
    struct bp_handover_item item = {.packet = packet, .kind = BP_HANDOVER_PACKET, .info = *info};

    if (!net->steering || worker == net->worker || worker == BP_STEER_NONE || info->passed_on)
        return false;
    item.nic = net->steering->stacks[net->worker].nics[info->interface];
    packet->flags |= BP_PACKET_L4_CHECKED; /* as it was here */
    give(net, worker, &item);
    return true;
}

bool bp_steer_reassembled(struct bp_net *net, struct bp_packet *segment,
                          const struct bp_ip_info *info)
{
    struct bp_tcp_key key = {.local = info->destination, .remote = info->source};
    be16 ports[2];

    if (!net->steering || info->passed_on || segment->total < sizeof(ports))
        return false;
    bp_packet_read(segment, 0, ports, sizeof(ports));
    key.remote_port = bp_be16(ports[0]);
    key.local_port = bp_be16(ports[1]);
    return bp_steer_pass_on(net, bp_steer_owner(net, &key), segment, info);
}

/* Everyone else who has a queue of the NIC gets a copy. */
static void give_to_all(struct bp_net *net, u8 nic, const struct bp_packet *frame)
{
    for (u32 to = 0; to < BP_WORKERS_MAX; to++) {
        const struct bp_steer_stack *stack = &net->steering->stacks[to];
        struct bp_handover_item item = {.kind = BP_HANDOVER_FRAME, .nic = nic};

        if (to == net->worker || !stack->net || stack->interfaces[nic] == BP_STEER_NONE)
            continue;
        item.packet = bp_net_copy(net, frame);
        if (item.packet)
            give(net, to, &item);
    }
}

static u32 owner_of_frame(struct bp_net *net, const struct bp_steer_nic *nic,
                          const struct bp_frame_flow *flow)
{
    u32 owner;

    if (nic->by_device && flow->plain)
        return net->worker;
    if (flow->protocol != BP_IP_UDP || !flow->local_port)
        return owner_of(net, nic, flow->input, flow->bytes);
    owner = bp_steer_udp_owner(net, flow->local_port);
    return owner == BP_STEER_NONE ? net->worker : owner;
}

u32 bp_steer_frames(struct bp_net *net, u16 interface, struct bp_packet **frames, u32 count)
{
    struct bp_handover_item item = {.kind = BP_HANDOVER_FRAME};
    const struct bp_steer_nic *nic = nic_of(net, interface);
    struct bp_frame_flow flow;
    u32 kept = 0, owner;

    item.nic = net->steering->stacks[net->worker].nics[interface];
    for (u32 i = 0; i < count; i++) {
        owner = net->worker;
        if (bp_frame_flow(frames[i], &flow))
            owner = owner_of_frame(net, nic, &flow);
        else if (bp_net_concerns_all(frames[i]))
            give_to_all(net, item.nic, frames[i]);
        item.packet = frames[i];
        if (owner == net->worker) {
            frames[kept++] = frames[i];
        } else {
            bp_device_count_received(net->interfaces[interface].device, frames[i]);
            give(net, owner, &item);
        }
    }
    return kept;
}

void bp_steer_wake(struct bp_net *net)
{
    for (; net->to_wake; net->to_wake &= net->to_wake - 1)
        net->steering->wake((u32)__builtin_ctz(net->to_wake));
}

/* ---- taking ---- */

static void take(struct bp_net *net, struct bp_handover_item *item)
{
    u8 interface = net->steering->stacks[net->worker].interfaces[item->nic];

    BP_BUG_ON(interface == BP_STEER_NONE);
    if (item->kind == BP_HANDOVER_FRAME)
        return bp_ether_input(net, net->interfaces[interface].device, item->packet);
    item->info.interface = interface;
    bp_ip_input_passed_on(net, item->packet, &item->info, net->now);
}

/* Those that are there now: their end is not waited for. */
static bool take_from(struct bp_net *net, struct bp_handover *ring)
{
    u32 count = bp_handover_count(ring);

    for (u32 i = 0; i < count; i++) {
        struct bp_handover_item item = *bp_handover_first(ring);

        bp_handover_done(ring);
        take(net, &item);
    }
    return count;
}

bool bp_steer_take(struct bp_net *net, u64 now)
{
    bool any = false;

    if (!net->steering)
        return false;
    bp_net_set_time(net, now);
    bp_net_burst_begin(net);
    for (u32 from = 0; from < BP_WORKERS_MAX; from++) {
        struct bp_handover *ring = net->steering->rings[from][net->worker];

        any |= ring && take_from(net, ring);
    }
    bp_net_burst_end(net);
    return any;
}

bool bp_steer_waits(const struct bp_net *net)
{
    for (u32 from = 0; net->steering && from < BP_WORKERS_MAX; from++) {
        const struct bp_handover *ring = net->steering->rings[from][net->worker];

        if (ring && bp_handover_count(ring))
            return true;
    }
    return false;
}
