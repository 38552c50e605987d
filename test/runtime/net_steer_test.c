// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/base/log.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all -pthread
/*
 * A host whose NIC has several queues, each with a worker and a stack of its own, and a host with
 * one at the other end of the cable. The NIC puts frames where their flows belong, anywhere, or all
 * into one queue: the programs of both hosts must not notice.
 */
#include "check.h"
#include "net/checksum.h"
#include "net/ip_tcp.h"
#include "net/steer.h"
#include "net/udp.h"
#include "net_pair.h"

#include <errno.h>
#include <pthread.h>

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

static struct bp_packet *device_alloc(struct bp_device *device)
{
    (void)device;
    return pair_packet();
}

static void device_free(struct bp_device *device, struct bp_packet *packet)
{
    (void)device;
    pair_packet_free(NULL, packet);
}

/* A packet of its own in one piece. */
static struct bp_packet *copy_of(const struct bp_packet *packet)
{
    struct bp_packet *copy = pair_packet();

    bp_packet_read(packet, 0, bp_packet_append(copy, packet->total), packet->total);
    return copy;
}

/* What a router does: the part of an IPv4 packet's payload from `from` on, of len bytes. */
static struct bp_packet *fragment_of(const struct bp_packet *packet, u32 from, u32 len, bool more,
                                     u16 id)
{
    struct bp_packet *fragment = pair_packet();
    struct bp_ipv4_header *header;

    bp_packet_read(packet, 0, bp_packet_append(fragment, 34), 34);
    bp_packet_read(packet, 34 + from, bp_packet_append(fragment, len), len);
    header = (void *)(fragment->data + 14);
    header->total_length = bp_be16((u16)(20 + len));
    header->fragment = bp_be16((u16)((more ? BP_IPV4_MF : 0) | from / 8));
    header->id = id;
    header->checksum = 0;
    header->checksum = bp_checksum(header, 20);
    return fragment;
}

static void put_to_workers(struct bp_packet *packet)
{
    static u16 id; /* who may not be cut has none */
    u32 cut = 488, payload = packet->total - 34;

    if (!fragment_above || packet->total - 14 <= fragment_above || packet->data[12] != 8 ||
        packet->data[13] != 0) {
        to_workers[to_workers_count++] = copy_of(packet);
        return;
    }
    id++;
    for (u32 from = 0; from < payload; from += cut)
        to_workers[to_workers_count++] =
            fragment_of(packet, from, BP_MIN(cut, payload - from), from + cut < payload, id);
}

static u32 device_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
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

static struct bp_ip_addr v4(u32 host)
{
    return bp_ip_from_v4(bp_be32(0x0a000000u | host));
}

static struct bp_ip_addr v6(u32 host)
{
    struct bp_ip_addr addr = {.bytes = {0xfd}};

    addr.bytes[15] = (u8)host;
    return addr;
}

static void begin_node(u32 i)
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
    };

    memset(node, 0, sizeof(*node));
    node->device = (struct bp_device){
        .ops = &device_ops, .mtu = 1500, .mac = {2, 0, 0, 0, 0, i ? MAC : 1}, .queue = (u16)i};
    check(bp_net_init(&node->net, &net, now) == 0, "a host starts");
    bp_udp_init(&node->net, &node->udp);
    bp_ip_tcp_init(&node->ip, &node->net, &tcp);
}

static void wake(u32 worker)
{
    woken |= 1u << worker;
}

static void begin_steering(void)
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

static void listen_on(struct node *node, u64 down)
{
    struct bp_ip_addr any = BP_IP_ANY6;

    for (u32 i = 0; i < CONNECTIONS; i++)
        node->served[i] = stream_of(~7u, down);
    node->acceptor = (struct acceptor){.streams = node->served, .capacity = CONNECTIONS};
    bp_tcp_listen(&node->ip.tcp, &node->acceptor.listener, &any, 80, 16, &bp_tcp_default_options,
                  &acceptor_ops, &node->acceptor);
}

static void begin(enum policy by, u64 down)
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

static void abort_stream(struct stream *stream)
{
    check(!stream->wrong, "no byte was wrong");
    if (stream->flow)
        bp_tcp_abort(stream->flow);
}

static void empty(struct bp_packet **frames, u32 *count)
{
    while (*count)
        pair_packet_free(NULL, frames[--*count]);
}

static void end(void)
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
static u32 queue_of(const struct bp_packet *frame)
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

static void deliver_to_workers(void)
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

static void deliver_to_peer(void)
{
    u32 count = to_peer_count;

    to_peer_count = 0;
    for (u32 i = 0; i < count; i++)
        bp_net_input(&nodes[0].net, &nodes[0].device, to_peer[i], now);
}

/* A millisecond is enough for the cable; workers look only when they have been woken. */
static void run(u64 ms)
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

/* ---- TCP ---- */

static int open_from(struct node *node, struct stream *stream, struct bp_ip_addr remote, u16 port)
{
    struct bp_tcp_key want = {.local = bp_ip_is_v4(&remote) ? BP_IP_ANY4 : BP_IP_ANY6,
                              .remote = remote,
                              .local_port = port,
                              .remote_port = 80};

    return bp_tcp_connect(&node->ip.tcp, &want, &bp_tcp_default_options, &stream_ops, stream,
                          &stream->flow);
}

static u64 drops_of_workers(enum bp_drop reason)
{
    u64 sum = 0;

    for (u32 i = 1; i < NODES; i++)
        sum += nodes[i].net.drops[reason];
    return sum;
}

/* Connections of the peer: each is accepted by the worker to which it belongs, and by it alone. */
static void accepts(enum policy by, struct bp_ip_addr server, u32 cut)
{
    u32 arrived = 0, busy = 0;

    begin(by, 20000);
    fragment_above = cut;
    for (u32 i = 0; i < CONNECTIONS; i++) {
        clients[i] = stream_of(7, 30000);
        clients[i].close_when_sent = clients[i].shutdown_only = true;
        check(open_from(&nodes[0], &clients[i], server, 0) == 0, "the peer connects");
    }
    run(4000);
    for (u32 i = 0; i < CONNECTIONS; i++)
        arrived += clients[i].received == 20000 && !clients[i].error;
    check(arrived == CONNECTIONS, "%s: %u of %u peers have all", policy_names[by], arrived,
          CONNECTIONS);
    for (u32 w = 0; w < WORKERS; w++) {
        struct node *node = &nodes[1 + w];

        busy += node->acceptor.count > 0;
        for (u32 i = 0; i < node->acceptor.count; i++)
            check(node->served[i].received == 30000 &&
                      bp_steer_owner(&node->net, bp_tcp_key(node->served[i].flow)) == w,
                  "a connection of worker %u is its own, and has all", w);
    }
    check(busy > 1, "%u workers have connections", busy);
    check(nodes[1].ip.tcp.stats.OutRsts + nodes[2].ip.tcp.stats.OutRsts == 0, "nobody was refused");
    end();
}

/* Connections of the workers: the peer's answers come back to who has asked. */
static void connects(enum policy by, struct bp_ip_addr server)
{
    begin(by, 20000);
    for (u32 i = 0; i < CONNECTIONS; i++) {
        clients[i] = stream_of(7, 10000);
        check(open_from(&nodes[1 + i % WORKERS], &clients[i], server, 0) == 0, "a worker connects");
        check(bp_steer_owner(&nodes[1].net, bp_tcp_key(clients[i].flow)) == i % WORKERS,
              "from a port that is its own");
    }
    run(3000);
    for (u32 i = 0; i < CONNECTIONS; i++)
        check(clients[i].established && clients[i].received == 20000 && !clients[i].error,
              "%s: connection %u of the workers has all", policy_names[by], i);
    if (by == BY_DEVICE)
        check(drops_of_workers(BP_DROP_HANDOVER_FULL) == 0, "nothing was lost");
    end();
}

/* The owner of a flow whose port is given is found before it is made. */
static void owners(void)
{
    struct bp_tcp_key with = {.local = v4(2), .remote = v4(1), .local_port = 5, .remote_port = 80};
    struct bp_tcp_key without = {.remote = v4(1), .local_port = 5, .remote_port = 80};
    struct bp_tcp_key nowhere = {.remote = bp_ip_from_v4(1), .local_port = 5};
    u32 seen = 0;

    begin(ROUND_ROBIN, 0);
    for (u16 port = 1; port < 100; port++) {
        with.local_port = without.local_port = port;
        without.local = BP_IP_ANY4;
        check(bp_steer_owner(&nodes[1].net, &with) == bp_steer_owner(&nodes[2].net, &without),
              "the route's address stands for any");
        seen |= 1u << bp_steer_owner(&nodes[3].net, &with);
    }
    check(seen == (1 << WORKERS) - 1, "every worker owns some");
    check(bp_steer_owner(&nodes[2].net, &nowhere) == 1,
          "who has no route is told by its own stack");
    check(bp_steer_owner(&nodes[0].net, &with) == 0, "without others everything is one's own");
    end();
}

/* ---- UDP ---- */

struct sink {
    struct bp_udp_endpoint endpoint;
    u32 count, bytes, errors;
};

static void on_receive(struct bp_udp_endpoint *endpoint, const struct bp_packet *payload,
                       const struct bp_udp_source *source)
{
    struct sink *sink = container_of(endpoint, struct sink, endpoint);

    check(source->info->interface == 0, "on the interface");
    sink->count++;
    sink->bytes += payload->total;
}

static void on_error(struct bp_udp_endpoint *endpoint, const struct bp_ip_error *error)
{
    struct sink *sink = container_of(endpoint, struct sink, endpoint);

    sink->errors += error->error == -ECONNREFUSED;
}

static const struct bp_udp_handlers handlers = {on_receive, on_error};

static int bind_to(struct node *node, struct sink *sink, u16 port, u8 flags)
{
    *sink = (struct sink){.endpoint = {.handlers = &handlers,
                                       .local = BP_IP_ANY6,
                                       .local_port = port,
                                       .interface = BP_NET_ANY_INTERFACE,
                                       .flags = flags}};
    return bp_udp_bind(&node->net, &sink->endpoint);
}

static void send_to(struct node *node, struct bp_ip_path *path, u16 from, u16 port, u32 bytes)
{
    struct bp_packet *first = bp_net_alloc(&node->net), *last = first;

    for (u32 n; bytes; bytes -= n) {
        n = BP_MIN(bytes, bp_packet_tailroom(last));
        memset(last->data + last->len, 7, n);
        last->len = (u16)(last->len + n);
        first->total += n;
        if (bytes > n)
            last = last->next = bp_net_alloc(&node->net);
    }
    check(bp_udp_output(&node->net, first, path, from, port, 0, 0) == 0, "a datagram leaves");
}

static void path_from(struct node *node, struct bp_ip_addr to, struct bp_ip_path *path)
{
    *path = (struct bp_ip_path){0};
    check(bp_ip_path_init(&node->net, path, NULL, &to, BP_NET_ANY_INTERFACE) == 0, "a way");
    path->flags |= BP_PATH_FRAGMENT;
}

/* The port is one worker's, wherever its datagrams arrive, whole or in fragments. */
static void datagrams(enum policy by, struct bp_ip_addr to)
{
    struct sink sink, other;
    struct bp_ip_path path;

    begin(by, 0);
    check(bind_to(&nodes[2], &sink, 5000, BP_UDP_REUSEPORT) == 0, "a port is bound");
    check(bp_steer_udp_owner(&nodes[1].net, 5000) == 1, "it has an owner");
    path_from(&nodes[0], to, &path);
    for (u16 i = 0; i < 20; i++) {
        send_to(&nodes[0], &path, (u16)(6000 + i), 5000, 100);
        send_to(&nodes[0], &path, (u16)(6000 + i), 5000, 4000);
        run(1);
    }
    run(10);
    check(sink.count == 40 && sink.bytes == 20 * 4100, "%s: %u datagrams, %u bytes",
          policy_names[by], sink.count, sink.bytes);
    check(bind_to(&nodes[1], &other, 5000, BP_UDP_REUSEPORT) == -EADDRINUSE,
          "another worker does not get it");
    check(bind_to(&nodes[2], &other, 5000, BP_UDP_REUSEPORT) == 0, "the owner once more does");
    bp_udp_unbind(&other.endpoint);
    check(bp_steer_udp_owner(&nodes[1].net, 5000) == 1, "and keeps it");
    bp_udp_unbind(&sink.endpoint);
    check(bp_steer_udp_owner(&nodes[1].net, 5000) == BP_STEER_NONE, "until the last has gone");
    check(bind_to(&nodes[1], &other, 5000, 0) == 0, "then it is free");
    bp_udp_unbind(&other.endpoint);
    end();
}

/* Unreachable: told to the worker whose datagram it was, whoever got the message. */
static void errors_reach_their_worker(struct bp_ip_addr to)
{
    struct sink sinks[WORKERS];
    struct bp_ip_path path;

    begin(ROUND_ROBIN, 0);
    for (u32 i = 0; i < WORKERS; i++) {
        check(bind_to(&nodes[1 + i], &sinks[i], 0, 0) == 0, "a port is chosen");
        path_from(&nodes[1 + i], to, &path);
        bp_udp_connect(&nodes[1 + i].net, &sinks[i].endpoint, &path, 9);
        send_to(&nodes[1 + i], &path, sinks[i].endpoint.local_port, 9, 10);
    }
    run(50);
    for (u32 i = 0; i < WORKERS; i++) {
        check(sinks[i].errors == 1, "worker %u hears of its error %u times", i, sinks[i].errors);
        bp_udp_unbind(&sinks[i].endpoint);
    }
    end();
}

static void nobody_listens(void)
{
    struct bp_ip_path path;
    struct sink sink;

    begin(ROUND_ROBIN, 0);
    check(bind_to(&nodes[0], &sink, 6000, 0) == 0, "the peer has a port");
    path_from(&nodes[0], v4(2), &path);
    bp_udp_connect(&nodes[0].net, &sink.endpoint, &path, 5000);
    for (u32 i = 0; i < 4; i++)
        send_to(&nodes[0], &path, 6000, 5000, 10);
    run(50);
    check(sink.errors == 4 && drops_of_workers(BP_DROP_UDP_PORT) == 4, "each is refused once");
    bp_udp_unbind(&sink.endpoint);
    end();
}

/* ---- bounds ---- */

static void full_ring(void)
{
    struct bp_ip_path path;
    struct sink sink;
    u64 handed_over;

    begin(FIRST_ONLY, 0);
    bind_to(&nodes[3], &sink, 5000, 0);
    path_from(&nodes[0], v4(2), &path);
    send_to(&nodes[0], &path, 6000, 5000, 10);
    run(10);
    check(sink.count == 1, "the neighbours know each other");
    handed_over = nodes[1].net.handed_over;
    for (u32 i = 0; i < BP_HANDOVER_SLOTS + 20; i++)
        send_to(&nodes[0], &path, 6000, 5000, 10);
    deliver_to_workers();
    check(nodes[1].net.drops[BP_DROP_HANDOVER_FULL] == 20, "what has no room is dropped: %llu",
          (unsigned long long)nodes[1].net.drops[BP_DROP_HANDOVER_FULL]);
    check(nodes[1].net.handed_over == handed_over + BP_HANDOVER_SLOTS &&
              bp_steer_waits(&nodes[3].net) && !bp_steer_waits(&nodes[2].net) && woken == 4,
          "the rest waits for its worker, who is woken");
    run(10);
    check(sink.count == BP_HANDOVER_SLOTS + 1 && !bp_steer_waits(&nodes[3].net), "and arrives");
    bp_udp_unbind(&sink.endpoint);
    end();
}

enum {
    ITEMS = 200000
};

static void *give_items(void *arg)
{
    struct bp_handover *ring = arg;

    for (u64 i = 1; i <= ITEMS;) {
        struct bp_handover_item *item = bp_handover_next(ring);

        if (!item)
            continue;
        item->packet = (struct bp_packet *)i;
        item->nic = (u8)i;
        bp_handover_give(ring);
        i++;
    }
    return NULL;
}

static void two_threads(void)
{
    struct bp_handover *ring = calloc(1, sizeof(*ring));
    pthread_t giver;
    u64 expected = 1, wrong = 0;

    pthread_create(&giver, NULL, give_items, ring);
    while (expected <= ITEMS) {
        const struct bp_handover_item *item = bp_handover_first(ring);

        if (!bp_handover_count(ring))
            continue;
        wrong += item->packet != (struct bp_packet *)expected || item->nic != (u8)expected;
        bp_handover_done(ring);
        expected++;
    }
    pthread_join(giver, NULL);
    check(!wrong && !bp_handover_count(ring), "every item arrives once and in order");
    free(ring);
}

/* Microsoft, "Verifying the RSS hash calculation": 66.9.149.187:2794 to 161.142.100.80:1766,
 * 3ffe:2501:200:1fff::7 to 3ffe:2501:200:3::1 with the same ports. */
static void hash(void)
{
    static const u8 flow[12] = {66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6};
    static const u8 flow6[36] = {
        0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0,    7,    0x3f, 0xfe,
        0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0,    0,    0, 0, 0, 0, 0, 1, 0x0a, 0xea, 0x06, 0xe6};
    struct bp_toeplitz toeplitz;

    bp_toeplitz_init(&toeplitz, key);
    check(bp_toeplitz_hash(&toeplitz, flow, 12) == 0x51ccc178, "IPv4 with ports");
    check(bp_toeplitz_hash(&toeplitz, flow, 8) == 0x323e8fc2, "IPv4 without ports");
    check(bp_toeplitz_hash(&toeplitz, flow6, 36) == 0x40207d3d, "IPv6 with ports");
    check(bp_toeplitz_hash(&toeplitz, flow6, 32) == 0x2cc18cd5, "IPv6 without ports");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    hash();
    owners();
    for (enum policy by = 0; by < POLICIES; by++) {
        accepts(by, v4(2), 0);
        accepts(by, v6(2), 0);
        accepts(by, v4(2), 600);
        connects(by, v4(1));
        connects(by, v6(1));
        datagrams(by, v4(2));
        datagrams(by, v6(2));
    }
    errors_reach_their_worker(v4(1));
    errors_reach_their_worker(v6(1));
    nobody_listens();
    full_ring();
    two_threads();
    return failures != 0;
}
