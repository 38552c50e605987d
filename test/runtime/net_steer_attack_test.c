// sources: runtime-c/net/*.c runtime-c/nic/packet.c runtime-c/base/log.c runtime-c/sched/wheel.c
// flags: -fsanitize=address,undefined -fno-sanitize-recover=all
/*
 * Floods against several workers: SYNs and fragments of stations that do not exist, resets that
 * somebody guesses. Memory stays within bounds, counters say why packets went, and who was
 * connected before stays so.
 */
#include "net_steer.h"

enum {
    FLOOD = 20000,
    WAVE = 500, /* packets of a millisecond: more than the rings between workers hold */
    REQUESTS = 16,
    /* What a flood may make the workers keep: questions for neighbours with what waits for them,
     * fragments, and what lies on the cable and in the rings. */
    PACKETS_MAX =
        WORKERS * (BP_NET_FRAGMENTS + 2 * BP_NET_NEIGHBOURS * 4 + BP_HANDOVER_SLOTS * 2) + 4 * WAVE,
};

static u32 random_state;

static u32 any_number(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8 | random_state << 24;
}

/* An IPv4 packet to the workers' host, whose checksums the device has found right. */
static struct bp_packet *forged(u32 source, u8 protocol, u16 fragment, u32 payload)
{
    struct bp_packet *packet = pair_packet();
    struct bp_ether_header *ether = bp_packet_append(packet, sizeof(*ether));
    struct bp_ipv4_header *ip = bp_packet_append(packet, sizeof(*ip));

    *ether = (struct bp_ether_header){.type = bp_be16(BP_ETHER_IPV4)};
    memcpy(ether->destination, nodes[1].device.mac, 6);
    memcpy(ether->source, (u8[6]){2, 0, 0, 0, 0, 1}, 6);
    *ip = (struct bp_ipv4_header){.version_ihl = 0x45,
                                  .total_length = bp_be16((u16)(20 + payload)),
                                  .id = bp_be16((u16)any_number()),
                                  .fragment = bp_be16(fragment),
                                  .ttl = 64,
                                  .protocol = protocol,
                                  .source = bp_be32(source),
                                  .destination = bp_be32(0x0a000002)};
    ip->checksum = bp_checksum(ip, sizeof(*ip));
    memset(bp_packet_append(packet, payload), 0, payload);
    packet->flags = BP_PACKET_IP_CHECKED | BP_PACKET_L4_CHECKED;
    return packet;
}

static struct bp_packet *segment(u32 source, u16 port, u32 seq, u8 flags)
{
    struct bp_packet *packet = forged(source, BP_IP_TCP, 0, 20);
    u8 *tcp = bp_packet_data(packet) + 34;

    tcp[0] = (u8)(port >> 8), tcp[1] = (u8)port, tcp[3] = 80;
    for (u32 i = 0; i < 4; i++)
        tcp[4 + i] = (u8)(seq >> (24 - 8 * i));
    tcp[12] = 5 << 4, tcp[13] = flags, tcp[14] = 0xff;
    return packet;
}

static struct bp_packet *syn(void)
{
    return segment(0x0a000003 + any_number() % 200, (u16)any_number(), any_number(), BP_TCP_SYN);
}

static struct bp_packet *first_fragment(void)
{
    return forged(0x0a000003 + any_number() % 200, BP_IP_UDP, BP_IPV4_MF, 64);
}

/* The peer has connections on which nothing happens yet. */
static void begin_connected(enum policy by)
{
    random_state = 1;
    begin(by, 20000);
    for (u32 i = 0; i < CONNECTIONS; i++) {
        clients[i] = stream_of(7, 0);
        check(open_from(&nodes[0], &clients[i], v4(2), 0) == 0, "the peer connects");
    }
    run(4000); /* the first SYNs waited for neighbours: some come again */
}

static void flood(struct bp_packet *(*make)(void), long *packets, long *objects)
{
    *packets = *objects = 0;
    for (u32 sent = 0; sent < FLOOD; sent += WAVE) {
        for (u32 i = 0; i < WAVE; i++)
            to_workers[to_workers_count++] = make();
        run(1);
        *packets = BP_MAX(*packets, pair_packets);
        *objects = BP_MAX(*objects, pair_objects);
    }
}

/* All connections carry data in both directions, as if nothing had been. */
static void goes_on(const char *after)
{
    u32 well = 0;

    for (u32 i = 0; i < CONNECTIONS; i++) {
        clients[i].total = 30000;
        stream_pump(&clients[i]);
    }
    run(5000);
    for (u32 i = 0; i < CONNECTIONS; i++)
        well += clients[i].received == 20000 && clients[i].acked == 30000 && !clients[i].error;
    check(well == CONNECTIONS, "after %s: %u of %u connections go on", after, well, CONNECTIONS);
}

static u64 stats_of_workers(size_t offset)
{
    u64 sum = 0;

    for (u32 i = 1; i < NODES; i++)
        sum += *(const u64 *)((const char *)&nodes[i].ip.tcp.stats + offset);
    return sum;
}

#define TCP_STAT(name) stats_of_workers(offsetof(struct bp_tcp_stats, name))

static void syn_flood(enum policy by)
{
    long packets, objects, before;

    begin_connected(by);
    before = pair_objects;
    flood(syn, &packets, &objects);
    check(objects <= before + WORKERS * REQUESTS, "%s: a SYN flood makes %ld objects",
          policy_names[by], objects - before);
    check(packets <= PACKETS_MAX, "%s: and keeps %ld packets", policy_names[by], packets);
    check(TCP_STAT(SyncookiesSent) > 0, "who comes when all is full gets a cookie");
    goes_on("a SYN flood");
    end();
}

/* A guess outside the window is nothing, one inside is challenged, not often (RFC 5961, 3 and 7).
 */
static void forged_resets(enum policy by)
{
    begin_connected(by);
    for (u32 i = 0; i < CONNECTIONS; i++) {
        u16 port = bp_tcp_key(clients[i].flow)->local_port;

        for (u32 k = 0; k < 100; k++)
            to_workers[to_workers_count++] = segment(0x0a000001, port, any_number(), BP_TCP_RST);
        run(1);
    }
    check(TCP_STAT(EstabResets) == 0, "%s: no guessed reset ends a connection", policy_names[by]);
    goes_on("forged resets");
    end();
}

static void fragment_flood(enum policy by)
{
    long packets, objects;

    begin_connected(by);
    flood(first_fragment, &packets, &objects);
    check(packets <= PACKETS_MAX, "%s: a flood of fragments keeps %ld packets", policy_names[by],
          packets);
    check(drops_of_workers(BP_DROP_FRAGMENT_LIMIT) > FLOOD / 2, "the rest is counted: %llu",
          (unsigned long long)drops_of_workers(BP_DROP_FRAGMENT_LIMIT));
    fragment_above = 600;
    goes_on("a flood of fragments");
    end();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (enum policy by = 0; by < POLICIES; by++) {
        syn_flood(by);
        forged_resets(by);
        fragment_flood(by);
    }
    return failures != 0;
}
