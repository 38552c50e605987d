// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/base/log.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/* TCP over the IP stack: two hosts on one Ethernet, resolution, checksums, errors; IPv4 and IPv6.
 */
#include "check.h"
#include "net/ip_tcp.h"
#include "net_pair.h"

#include <errno.h>

enum {
    CABLE = 4096, /* frames on the way, each direction */
};

struct machine {
    struct bp_device device;
    struct bp_net net;
    struct bp_ip_tcp ip;
    struct bp_tcp_entry *buckets[64];
    struct machine *peer;
    struct bp_packet *frames[CABLE]; /* from it */
    u32 count;
    bool corrupt; /* flips a bit of every TCP payload it sends */
    u32 narrow;   /* frames longer than this are swallowed by the cable */
    u32 ring;     /* frames that its device holds at once; 0: as many as the cable */
};

static struct machine machines[2];
static struct stream client, served;
static struct acceptor acceptor;
static u64 now;

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

static u32 device_transmit(struct bp_device *device, struct bp_packet **packets, u32 count)
{
    struct machine *machine = container_of(device, struct machine, device);

    for (u32 i = 0; i < count; i++) {
        struct bp_packet *packet = packets[i];

        if (machine->ring && machine->count == machine->ring)
            return i;
        if (machine->count == CABLE || (machine->narrow && packet->total > machine->narrow)) {
            pair_packet_free(NULL, packet);
            continue;
        }
        if (machine->corrupt && packet->total > 200)
            bp_packet_data(packet)[packet->len - 1] ^= 1;
        packet->flags = 0;
        machine->frames[machine->count++] = packet;
    }
    return count;
}

static const struct bp_device_ops device_ops = {
    .alloc = device_alloc,
    .free = device_free,
    .transmit = device_transmit,
};

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

static void begin_machine(u32 i)
{
    struct machine *machine = &machines[i];
    struct bp_net_config net = {
        .interfaces[0].device = &machine->device,
        .interface_count = 1,
        .addresses = {{{v4(i + 1), 24}, 0}, {{v6(i + 1), 64}, 0}},
        .address_count = 2,
        .seed = i + 5,
    };
    struct bp_tcp_config tcp = {
        .memory_ops = &pair_memory_ops,
        .buckets = machine->buckets,
        .bucket_count = ARRAY_SIZE(machine->buckets),
        .requests_max = 16,
        .time_waits_max = 16,
        .receive_window_max = 1 << 20,
        .reassembly_packets = 256,
        .port_first = 32768,
        .port_last = 60999,
        .secret = {{i, 77}},
    };

    memset(machine, 0, sizeof(*machine));
    machine->peer = &machines[!i];
    machine->device =
        (struct bp_device){.ops = &device_ops, .mtu = 1500, .mac = {2, 0, 0, 0, 0, (u8)i}};
    check(bp_net_init(&machine->net, &net, now) == 0, "a host starts");
    bp_ip_tcp_init(&machine->ip, &machine->net, &tcp);
}

static void begin(u64 up, u64 down)
{
    struct bp_ip_addr any = BP_IP_ANY6;

    now = 1000 * (u64)PAIR_MS;
    for (u32 i = 0; i < 2; i++)
        begin_machine(i);
    client = stream_of(7, up);
    served = stream_of(~7u, down);
    acceptor = (struct acceptor){.streams = &served, .capacity = 1};
    bp_tcp_listen(&machines[1].ip.tcp, &acceptor.listener, &any, 80, 4, &bp_tcp_default_options,
                  &acceptor_ops, &acceptor);
}

static void end(void)
{
    check(!client.wrong && !served.wrong, "no byte was wrong");
    if (client.flow)
        bp_tcp_abort(client.flow);
    if (served.flow)
        bp_tcp_abort(served.flow);
    for (u32 i = 0; i < 2; i++) {
        bp_tcp_fini(&machines[i].ip.tcp);
        bp_net_stop(&machines[i].net);
    }
    for (u32 i = 0; i < 2; i++)
        for (u32 k = 0; k < machines[i].count; k++)
            pair_packet_free(NULL, machines[i].frames[k]);
    check(!pair_packets && !pair_objects, "nothing leaked: %ld packets, %ld objects", pair_packets,
          pair_objects);
    pair_packets = pair_objects = 0;
}

static void deliver(struct machine *machine)
{
    struct bp_packet *frames[CABLE];
    u32 count = machine->count;

    memcpy(frames, machine->frames, count * sizeof(frames[0]));
    machine->count = 0;
    bp_net_input_burst(&machine->peer->net, &machine->peer->device, frames, count, now);
}

/* A millisecond is enough for the cable. */
static void run(u64 ms)
{
    for (u64 end = now + ms * PAIR_MS; now < end; now += PAIR_MS)
        for (u32 i = 0; i < 2; i++) {
            deliver(machines[i].peer);
            bp_net_poll(&machines[i].net, now);
            bp_ip_tcp_poll(&machines[i].ip, now);
        }
}

static int open_to(struct bp_ip_addr remote)
{
    struct bp_tcp_key key = {.local = bp_ip_is_v4(&remote) ? BP_IP_ANY4 : BP_IP_ANY6,
                             .remote = remote,
                             .remote_port = 80};

    return bp_tcp_connect(&machines[0].ip.tcp, &key, &bp_tcp_default_options, &stream_ops, &client,
                          &client.flow);
}

static void carries(const char *name, struct bp_ip_addr remote)
{
    begin(300000, 100000);
    client.close_when_sent = served.close_when_sent = true;
    client.shutdown_only = served.shutdown_only = true;
    check(open_to(remote) == 0, "%s: connect", name);
    run(3000);
    check(served.received == 300000 && client.received == 100000, "%s: data both ways", name);
    check(client.peer_closed && served.peer_closed, "%s: both ends", name);
    check(machines[1].ip.tcp.stats.TCPRcvCoalesce > 100,
          "%s: segments of a burst were joined: %llu", name,
          (unsigned long long)machines[1].ip.tcp.stats.TCPRcvCoalesce);
    end();
}

/* Its sender is as slow as the device, and loses nothing by being faster. */
static void slow_device(const char *name, struct bp_ip_addr remote)
{
    const struct machine *sender = &machines[0];

    begin(3000000, 0);
    machines[0].ring = 24;
    check(open_to(remote) == 0, "%s: connect", name);
    run(100);
    check(served.received > 60 * 24 * 1400, "%s: the device has always something to send: %llu",
          name, (unsigned long long)served.received);
    check(sender->device.traffic.tx_full > 10, "%s: it was full %llu times", name,
          (unsigned long long)sender->device.traffic.tx_full);
    run(1000);
    check(served.received == 3000000, "%s: all data", name);
    check(!sender->net.drops[BP_DROP_TX_FULL] && !sender->ip.tcp.stats.RetransSegs,
          "%s: nothing was lost: %llu dropped, %llu sent again", name,
          (unsigned long long)sender->net.drops[BP_DROP_TX_FULL],
          (unsigned long long)sender->ip.tcp.stats.RetransSegs);
    check(!sender->net.tx_full, "%s: nothing waits", name);
    end();
}

static void damage_is_noticed(void)
{
    begin(1000, 0);
    machines[0].corrupt = true;
    open_to(v4(2));
    run(100);
    check(served.received == 0 && machines[1].net.drops[BP_DROP_TCP_CHECKSUM] > 0,
          "a wrong checksum: dropped");
    machines[0].corrupt = false;
    run(3000);
    check(served.received == 1000, "and sent again");
    end();
}

static void errors(void)
{
    begin(0, 0);
    check(open_to(bp_ip_from_v4(bp_be32(0x08080808))) == -ENETUNREACH, "no route: ENETUNREACH");
    client = stream_of(7, 0);
    check(open_to(v4(77)) == 0, "nobody at the address");
    run(10000);
    check(client.error == EHOSTUNREACH, "no answer to ARP: EHOSTUNREACH (%d)", client.error);
    end();
}

/* "Fragmentation needed" about the latest segment on the cable, or one with another number. */
static void tell_too_big(u16 mtu, bool forged)
{
    struct machine *machine = &machines[0];
    struct bp_ip_error error = {.kind = BP_IP_ERROR_TOO_BIG,
                                .error = -EMSGSIZE,
                                .mtu = mtu,
                                .protocol = BP_IP_TCP,
                                .source = v4(1),
                                .destination = v4(2),
                                .transport_len = 8};
    u8 quote[8];

    memcpy(quote, bp_packet_data(machine->frames[machine->count - 1]) + 14 + 20, 8);
    quote[4] ^= forged;
    error.transport = quote;
    machine->net.protocols[BP_IP_TCP]->error(&machine->net, &error);
}

static u32 mtu_to_server(void)
{
    struct bp_tcp_route route;
    struct bp_ip_addr server = v4(2);

    machines[0].ip.tcp.config.wire_ops->route(&machines[0].ip, &server, &route);
    return route.mtu;
}

static void narrow_paths(void)
{
    begin(0, 0);
    open_to(v4(2));
    run(50);
    client.total = 5000;
    stream_pump(&client);
    tell_too_big(1000, true);
    check(mtu_to_server() == 1500, "a forged message changes nothing");
    tell_too_big(1000, false);
    check(mtu_to_server() == 1000, "the path is known to be narrow");
    machines[0].narrow = 1014;
    run(3000);
    check(served.received == 5000, "and data fit through it");
    end();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    carries("IPv4", v4(2));
    carries("IPv6", v6(2));
    slow_device("IPv4", v4(2));
    slow_device("IPv6", v6(2));
    damage_is_noticed();
    errors();
    narrow_paths();
    return failures != 0;
}
