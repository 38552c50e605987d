/*
 * A host whose NIC has several queues, each with a worker and a stack of its own, and a host with
 * one at the other end of the cable. The NIC puts frames where their flows belong, anywhere, or all
 * into one queue. Time is virtual.
 */
#ifndef TEST_RUNTIME_NET_STEER_H
#define TEST_RUNTIME_NET_STEER_H

#include "check.h"
#include "net/checksum.h"
#include "net/ip_tcp.h"
#include "net/steer.h"
#include "net/udp.h"
#include "net_pair.h"

enum {
    WORKERS = 3,
    NODES = 1 + WORKERS, /* the peer and the workers */
    CABLE = 8192,        /* frames on the way, each direction */
    CONNECTIONS = 12,
    MAC = 0x42, /* last byte of the workers' one address */
};

enum policy {
    BY_DEVICE,   /* by the hash that both sides know */
    ROUND_ROBIN, /* as it likes */
    FIRST_ONLY,  /* no spreading at all */
    POLICIES
};

static const char *const policy_names[POLICIES] = {"by the device", "round robin", "to the first"};

struct node {
    struct bp_device device;
    struct bp_net net;
    struct bp_ip_tcp ip;
    struct bp_udp udp;
    struct bp_tcp_entry *buckets[64];
    struct acceptor acceptor;
    struct stream served[CONNECTIONS];
};

static struct node nodes[NODES];
static struct bp_steering steering;
static struct bp_handover *rings[WORKERS][WORKERS];
static struct bp_packet *to_peer[CABLE], *to_workers[CABLE];
static u32 to_peer_count, to_workers_count, arrivals, woken;
static struct stream clients[CONNECTIONS];
static enum policy policy;
static u32 fragment_above; /* bytes of an IPv4 packet to the workers; 0: no router cuts any */
static u64 now;

static const u8 key[BP_TOEPLITZ_KEY] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                        0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                        0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* ---- the cable ---- */

static inline struct bp_packet *device_alloc(struct bp_device *device)
{
    (void)device;
    return pair_packet();
}

static inline void device_free(struct bp_device *device, struct bp_packet *packet)
{
    (void)device;
    pair_packet_free(NULL, packet);
}

/* A packet of its own in one piece. */
static inline struct bp_packet *copy_of(const struct bp_packet *packet)
{
    struct bp_packet *copy = pair_packet();

    bp_packet_read(packet, 0, bp_packet_append(copy, packet->total), packet->total);
    return copy;
}

/* What a router does: the part of an IPv4 packet's payload from `from` on, of len bytes. */
static inline struct bp_packet *fragment_of(const struct bp_packet *packet, u32 from, u32 len,
                                            bool more, u16 id)
{
    struct bp_packet *fragment = pair_packet();
    struct bp_ipv4_header *header;

    bp_packet_read(packet, 0, bp_packet_append(fragment, 34), 34);
    bp_packet_read(packet, 34 + from, bp_packet_append(fragment, len), len);
    header = (void *)(bp_packet_data(fragment) + 14);
    header->total_length = bp_be16((u16)(20 + len));
    header->fragment = bp_be16((u16)((more ? BP_IPV4_MF : 0) | from / 8));
    header->id = id;
    header->checksum = 0;
    header->checksum = bp_checksum(header, 20);
    return fragment;
}

static inline void put_to_workers(struct bp_packet *packet)
{
    static u16 id; /* who may not be cut has none */
    u32 cut = 488, payload = packet->total - 34;

    if (!fragment_above || packet->total - 14 <= fragment_above ||
        bp_packet_data(packet)[12] != 8 || bp_packet_data(packet)[13] != 0) {
        to_workers[to_workers_count++] = copy_of(packet);
        return;
    }
    id++;
    for (u32 from = 0; from < payload; from += cut)
        to_workers[to_workers_count++] =
            fragment_of(packet, from, BP_MIN(cut, payload - from), from + cut < payload, id);
}

static inline u32 device_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        if (to_workers_count + 8 >= CABLE || to_peer_count + 8 >= CABLE)
            abort();
        if (device == &nodes[0].device)
            put_to_workers(packets[i]);
        else
            to_peer[to_peer_count++] = copy_of(packets[i]);
        pair_packet_free(NULL, packets[i]);
    }
    return count;
}

static const struct bp_device_ops device_ops = {device_alloc, device_free, device_transmit};

/* ---- hosts ---- */

static inline struct bp_ip_addr v4(u32 host)
{
    return bp_ip_from_v4(bp_be32(0x0a000000u | host));
}

static inline struct bp_ip_addr v6(u32 host)
{
    struct bp_ip_addr addr = {.bytes = {0xfd}};

    addr.bytes[15] = (u8)host;
    return addr;
}

static inline void begin_node(u32 i)
{
    u32 host = i ? 2 : 1;
    struct node *node = &nodes[i];
    struct bp_net_config net = {
        .interfaces[0].device = &node->device,
        .interface_count = 1,
        .addresses = {{{v4(host), 24}, 0}, {{v6(host), 64}, 0}},
        .address_count = 2,
        .seed = i + 5,
        .steering = i ? &steering : NULL,
        .worker = i ? i - 1 : 0,
    };
    struct bp_tcp_config tcp = {
        .memory_ops = &pair_memory_ops,
        .buckets = node->buckets,
        .bucket_count = ARRAY_SIZE(node->buckets),
        .requests_max = 16,
        .time_waits_max = 16,
        .receive_window_max = 1 << 20,
        .reassembly_packets = 256,
        .port_first = 32768,
        .port_last = 60999,
        .secret = {{i, 77}},
        .syn_cookies = true,
    };

    memset(node, 0, sizeof(*node));
    node->device = (struct bp_device){
        .ops = &device_ops, .mtu = 1500, .mac = {2, 0, 0, 0, 0, i ? MAC : 1}, .queue = (u16)i};
    check(bp_net_init(&node->net, &net, now) == 0, "a host starts");
    bp_udp_init(&node->net, &node->udp);
    bp_ip_tcp_init(&node->ip, &node->net, &tcp);
}

static inline void wake(u32 worker)
{
    woken |= 1u << worker;
}

static inline void begin_steering(void)
{
    static const u8 workers[WORKERS] = {0, 1, 2}, nic = 0;
    u16 table[128];

    memset(&steering, 0, sizeof(steering));
    bp_steering_init(&steering, key, wake);
    bp_steering_add_nic(&steering, 0, workers, WORKERS);
    for (u32 i = 0; i < ARRAY_SIZE(table); i++)
        table[i] = (u16)(i * 7 % WORKERS);
    if (policy == BY_DEVICE)
        bp_steering_by_device(&steering, 0, workers, table, ARRAY_SIZE(table));
    for (u32 i = 0; i < WORKERS; i++) {
        bp_steering_add_stack(&steering, i, &nodes[1 + i].net, &nic, 1);
        for (u32 k = 0; k < WORKERS; k++)
            if (i != k)
                steering.rings[i][k] = rings[i][k] = calloc(1, sizeof(struct bp_handover));
    }
}

static inline void listen_on(struct node *node, u64 down)
{
    struct bp_ip_addr any = BP_IP_ANY6;

    for (u32 i = 0; i < CONNECTIONS; i++)
        node->served[i] = stream_of(~7u, down);
    node->acceptor = (struct acceptor){.streams = node->served, .capacity = CONNECTIONS};
    bp_tcp_listen(&node->ip.tcp, &node->acceptor.listener, &any, 80, 16, &bp_tcp_default_options,
                  &acceptor_ops, &node->acceptor);
}

static inline void begin(enum policy by, u64 down)
{
    now = 1000 * (u64)PAIR_MS;
    policy = by;
    arrivals = woken = fragment_above = 0;
    begin_steering();
    for (u32 i = 0; i < NODES; i++)
        begin_node(i);
    for (u32 i = 0; i < NODES; i++)
        listen_on(&nodes[i], down);
    memset(clients, 0, sizeof(clients));
}

static inline void abort_stream(struct stream *stream)
{
    check(!stream->wrong, "no byte was wrong");
    if (stream->flow)
        bp_tcp_abort(stream->flow);
}

static inline void empty(struct bp_packet **frames, u32 *count)
{
    while (*count)
        pair_packet_free(NULL, frames[--*count]);
}

static inline void end(void)
{
    for (u32 i = 0; i < CONNECTIONS; i++) {
        abort_stream(&clients[i]);
        for (u32 k = 0; k < NODES; k++)
            abort_stream(&nodes[k].served[i]);
    }
    for (u32 i = 0; i < NODES; i++) {
        if (i)
            bp_steer_take(&nodes[i].net, now);
        bp_tcp_fini(&nodes[i].ip.tcp);
        bp_net_stop(&nodes[i].net);
    }
    for (u32 i = 0; i < WORKERS; i++)
        for (u32 k = 0; k < WORKERS; k++)
            free(i == k ? NULL : rings[i][k]);
    empty(to_peer, &to_peer_count);
    empty(to_workers, &to_workers_count);
    check(!pair_packets && !pair_objects, "nothing leaked: %ld packets, %ld objects", pair_packets,
          pair_objects);
    pair_packets = pair_objects = 0;
}

/* ---- time ---- */

/* The queue that the NIC puts a frame into. */
static inline u32 queue_of(const struct bp_packet *frame)
{
    struct bp_frame_flow flow;

    if (policy == FIRST_ONLY)
        return 0;
    arrivals++;
    if (policy == ROUND_ROBIN || !bp_frame_flow(frame, &flow) || !flow.plain)
        return arrivals % WORKERS;
    return steering.nics[0].owners[bp_toeplitz_hash(&steering.hash, flow.input, flow.bytes) %
                                   steering.nics[0].entries];
}

static inline void deliver_to_workers(void)
{
    u32 count = to_workers_count;

    to_workers_count = 0;
    for (u32 i = 0; i < count; i++) {
        struct bp_packet *frame = to_workers[i];
        struct node *node = &nodes[1 + queue_of(frame)];

        if (bp_steer_frames(&node->net, 0, &frame, 1))
            bp_net_input(&node->net, &node->device, frame, now);
        bp_steer_wake(&node->net);
    }
}

static inline void deliver_to_peer(void)
{
    u32 count = to_peer_count;

    to_peer_count = 0;
    for (u32 i = 0; i < count; i++)
        bp_net_input(&nodes[0].net, &nodes[0].device, to_peer[i], now);
}

/* A millisecond is enough for the cable; workers look only when they have been woken. */
static inline void run(u64 ms)
{
    for (u64 end = now + ms * PAIR_MS; now < end; now += PAIR_MS) {
        deliver_to_workers();
        deliver_to_peer();
        for (u32 round = 0; round < 2; round++)
            for (u32 i = 0; i < WORKERS; i++)
                if (woken >> i & 1) {
                    woken &= ~(1u << i);
                    bp_steer_take(&nodes[1 + i].net, now);
                    bp_steer_wake(&nodes[1 + i].net);
                }
        for (u32 i = 0; i < NODES; i++) {
            bp_net_poll(&nodes[i].net, now);
            bp_ip_tcp_poll(&nodes[i].ip, now);
        }
    }
}

/* ---- what is asked and told ---- */

static inline int open_from(struct node *node, struct stream *stream, struct bp_ip_addr remote,
                            u16 port)
{
    struct bp_tcp_key want = {.local = bp_ip_is_v4(&remote) ? BP_IP_ANY4 : BP_IP_ANY6,
                              .remote = remote,
                              .local_port = port,
                              .remote_port = 80};

    return bp_tcp_connect(&node->ip.tcp, &want, &bp_tcp_default_options, &stream_ops, stream,
                          &stream->flow);
}

static inline u64 drops_of_workers(enum bp_drop reason)
{
    u64 sum = 0;

    for (u32 i = 1; i < NODES; i++)
        sum += nodes[i].net.drops[reason];
    return sum;
}

#endif
