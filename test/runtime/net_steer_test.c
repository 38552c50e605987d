// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/base/log.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all -pthread
/* Several workers, each with a stack: flows, datagrams, errors and fragments find their owner, and
 * the programs of both hosts do not notice. */
#include "net_steer.h"

#include <errno.h>
#include <pthread.h>

/* ---- TCP ---- */

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
        memset(bp_packet_data(last) + last->len, 7, n);
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
