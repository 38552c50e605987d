/*
 * The whole stack on a ring device: frames of 64 bytes, each with a UDP datagram that is sent back.
 * Counts the cycles from the driver's receive function to the return of its transmit function. The
 * peer, which turns answers into questions again, is not counted.
 *
 * usage: udp-echo MILLISECONDS
 */
#include "net/checksum.h"
#include "net/ip.h"
#include "net/udp.h"
#include "stack.h"

#include <string.h>
#include <time.h>

enum {
    IN_FLIGHT = 256, /* more than the first cache holds, as on a real queue */
    FRAME = 64,
    PAYLOAD = FRAME - 14 - 20 - 8,
    PORT = 7,
    PEER_PORT = 40000,
};

static struct bp_net net;
static struct bp_udp udp;
static struct bp_udp_endpoint endpoint;
static struct bp_ip_path path; /* to the only peer: a socket keeps the one that it used last */
static struct bp_device *device;

static const u8 peer_mac[6] = {2, 0, 0, 0, 0, 9};

static struct bp_ip_addr address(u8 last)
{
    return bp_ip_from_v4(bp_be32(0x0a4d0000u | last)); /* 10.77.0.last */
}

static u64 now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static void echo(struct bp_udp_endpoint *to, const struct bp_packet *payload,
                 const struct bp_udp_source *source)
{
    struct bp_packet *answer = bp_net_alloc(&net);

    if (!answer)
        return;
    bp_packet_read(payload, 0, bp_packet_append(answer, payload->total), payload->total);
    if (!bp_ip_equal(&path.destination, &source->info->source) &&
        bp_ip_path_init(&net, &path, &source->info->destination, &source->info->source,
                        BP_NET_ANY_INTERFACE))
        exit(1);
    bp_udp_output(&net, answer, &path, to->local_port, source->port, 0, 0);
}

static void ignore_error(struct bp_udp_endpoint *to, const struct bp_ip_error *error)
{
    (void)to;
    (void)error;
}

static const struct bp_udp_handlers handlers = {.receive = echo, .error = ignore_error};

static void start_stack(void)
{
    struct bp_net_config config = {
        .interfaces[0].device = device,
        .interface_count = 1,
        .addresses[0] = {.prefix = {.addr = address(2), .length = 24}},
        .address_count = 1,
        .seed = 42,
    };

    endpoint = (struct bp_udp_endpoint){.handlers = &handlers,
                                        .local = BP_IP_ANY4,
                                        .local_port = PORT,
                                        .interface = BP_NET_ANY_INTERFACE};
    if (bp_net_init(&net, &config, now()))
        exit(1);
    bp_udp_init(&net, &udp);
    if (bp_udp_bind(&net, &endpoint))
        exit(1);
}

/* ---- The peer ---------------------------------------------------------------------------- */

struct frame {
    struct bp_ether_header ether;
    struct bp_ipv4_header ip;
    struct bp_udp_header udp;
    u8 payload[PAYLOAD];
} BP_WIRE;

static void send(struct bp_packet **packets, u32 count)
{
    if (device->ops->transmit(device, packets, count) != count)
        exit(1);
}

static struct bp_packet *question(void)
{
    struct bp_packet *packet = device->ops->alloc(device);
    struct frame *frame = bp_packet_append(packet, sizeof(*frame));
    struct bp_ip_addr from = address(9), to = address(2);
    u64 sum;

    memset(frame, 'x', sizeof(*frame));
    memcpy(frame->ether.destination, device->mac, 6);
    memcpy(frame->ether.source, peer_mac, 6);
    frame->ether.type = bp_be16(BP_ETHER_IPV4);
    frame->ip = (struct bp_ipv4_header){.version_ihl = 0x45,
                                        .total_length = bp_be16(FRAME - 14),
                                        .fragment = bp_be16(BP_IPV4_DF),
                                        .ttl = 64,
                                        .protocol = BP_IP_UDP,
                                        .source = bp_ip_v4(&from),
                                        .destination = bp_ip_v4(&to)};
    frame->ip.checksum = bp_checksum(&frame->ip, sizeof(frame->ip));
    frame->udp = (struct bp_udp_header){
        .source = bp_be16(PEER_PORT), .destination = bp_be16(PORT), .length = bp_be16(8 + PAYLOAD)};
    sum = bp_sum_pseudo(&from, &to, BP_IP_UDP, 8 + PAYLOAD);
    frame->udp.checksum = (be16)~bp_sum_fold(bp_sum_bytes(sum, &frame->udp, 8 + PAYLOAD));
    return packet;
}

/* Both ends change places; the sums stay what they are. */
static void turn_around(struct bp_packet *packet)
{
    struct frame *frame = (void *)bp_packet_data(packet);
    be32 source = frame->ip.source;
    be16 port = frame->udp.source;

    if (packet->total != FRAME || frame->ip.protocol != BP_IP_UDP)
        exit(1);
    memcpy(frame->ether.source, frame->ether.destination, 6);
    memcpy(frame->ether.destination, device->mac, 6);
    frame->ip.source = frame->ip.destination;
    frame->ip.destination = source;
    frame->udp.source = frame->udp.destination;
    frame->udp.destination = port;
}

static void turn_all_around(void)
{
    struct bp_packet *packets[BATCH];
    u32 count;

    for (u32 turned = 0; turned < IN_FLIGHT; turned += count) {
        count = bp_nic_receive(device, packets, BATCH);
        if (!count)
            exit(1);
        for (u32 i = 0; i < count; i++)
            turn_around(packets[i]);
        send(packets, count);
    }
}

/* The peer's address is asked for once, by the first answer: that request is answered here. */
static void be_known(void)
{
    struct bp_ip_addr peer = address(9);

    if (bp_ip_path_init(&net, &path, NULL, &peer, BP_NET_ANY_INTERFACE))
        exit(1);
    bp_udp_output(&net, bp_net_alloc(&net), &path, PORT, PEER_PORT, 0, 0);
    bp_neighbour_claim(&net, 0, &peer, peer_mac, true);
}

static void drain(void)
{
    struct bp_packet *packet;

    while (bp_nic_receive(device, &packet, 1))
        bp_net_free(&net, packet);
}

/* ---- The measurement --------------------------------------------------------------------- */

static void answer_all(struct rounds *rounds)
{
    struct bp_packet *packets[BATCH];
    u64 time = now(), start = __rdtsc();

    for (u32 seen = 0, count; seen < IN_FLIGHT; seen += count) {
        count = bp_nic_receive(device, packets, BATCH);
        bp_net_input_burst(&net, device, packets, count, time);
        bp_net_poll(&net, time);
    }
    add_round(rounds, __rdtsc() - start, IN_FLIGHT);
}

int main(int argc, char **argv)
{
    struct rounds *rounds = new_rounds();
    u64 end;

    if (argc != 2)
        return 2;
    device = open_device(&bp_nic_tables);
    start_stack();
    be_known();
    drain();
    for (u32 i = 0; i < IN_FLIGHT; i++)
        send((struct bp_packet *[]){question()}, 1);
    end = now() + strtoull(argv[1], NULL, 10) * 1000000;
    while (now() < end) {
        answer_all(rounds);
        turn_all_around();
    }
    report(rounds);
    bp_nics_close();
    return 0;
}
