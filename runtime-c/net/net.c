#include "net/net.h"

#include "net/ether.h"
#include "net/ip_route.h"
#include "net/ipv4.h"
#include "net/ipv6.h"

#include <errno.h>

enum {
    TX_RETRY_NS = 1000000, /* no device tells when it has room again */
};

const struct bp_drop_text bp_drop_texts[BP_DROPS] = {
#define BP_DROP(id, name, help) {name, help},
#include "net/drop.def"
#undef BP_DROP
};

struct bp_packet *bp_net_alloc(struct bp_net *net)
{
    struct bp_device *device = net->interfaces[0].device;
    struct bp_packet *packet = bp_device_alloc(device);

    if (unlikely(!packet))
        bp_net_count_drop(net, BP_DROP_NO_BUFFER);
    return packet;
}

void bp_net_free(struct bp_net *net, struct bp_packet *packet)
{
    struct bp_device *device = net->interfaces[0].device;

    if (packet)
        bp_device_free(device, packet);
}

void bp_net_drop(struct bp_net *net, struct bp_packet *packet, enum bp_drop reason)
{
    bp_net_count_drop(net, reason);
    bp_net_free(net, packet);
}

struct bp_packet *bp_net_copy(struct bp_net *net, const struct bp_packet *packet)
{
    struct bp_packet *copy = bp_net_alloc(net);

    if (!copy)
        return NULL;
    if (bp_packet_tailroom(copy) < packet->total) {
        bp_net_drop(net, copy, BP_DROP_NO_BUFFER);
        return NULL;
    }
    bp_packet_read(packet, 0, bp_packet_append(copy, packet->total), packet->total);
    bp_packet_set_flags(copy, packet->flags);
    copy->l3_len = packet->l3_len;
    copy->l4_len = packet->l4_len;
    copy->mss = packet->mss;
    return copy;
}

/* SplitMix64. */
u64 bp_net_random(struct bp_net *net)
{
    u64 z = net->random += 0x9e3779b97f4a7c15ULL;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

void bp_net_timer_init(struct bp_timer *timer, void (*fire)(struct bp_timer *timer))
{
    bp_list_init(&timer->node);
    timer->wheel = NULL;
    timer->fire = fire;
}

void bp_net_timer_arm(struct bp_net *net, struct bp_timer *timer, u64 deadline)
{
    bp_net_timer_cancel(net, timer);
    timer->deadline = deadline;
    bp_wheel_add(&net->wheel, timer);
}

void bp_net_timer_cancel(struct bp_net *net, struct bp_timer *timer)
{
    if (timer->wheel)
        bp_wheel_del(&net->wheel, timer);
}

void bp_net_input(struct bp_net *net, struct bp_device *device, struct bp_packet *frame, u64 now)
{
    bp_net_set_time(net, now);
    bp_ether_input(net, device, frame);
}

void bp_net_burst_begin(struct bp_net *net)
{
    net->burst = true;
    bp_net_hold(net);
}

void bp_net_burst_end(struct bp_net *net)
{
    const struct bp_ip_protocol *tcp = net->protocols[BP_IP_TCP];

    net->burst = false;
    if (tcp && tcp->burst_over)
        tcp->burst_over(net);
    bp_net_release(net);
}

/* A burst's headers are in no cache yet: while one frame is handled, a later one's are fetched. */
enum {
    AHEAD = 4
};

/* What the device gave has the bytes and the stack's own part cold. */
BP_INLINE void fetch(const struct bp_packet *frame)
{
    __builtin_prefetch(bp_packet_data(frame));
    __builtin_prefetch(&frame->l2_len, 1);
}

void bp_net_input_burst(struct bp_net *net, struct bp_device *device, struct bp_packet **frames,
                        u32 count, u64 now)
{
    bp_net_set_time(net, now);
    bp_net_burst_begin(net);
    for (u32 i = 0; i < BP_MIN(count, (u32)AHEAD); i++)
        fetch(frames[i]);
    for (u32 i = 0; i < count; i++) {
        if (i + AHEAD < count)
            fetch(frames[i + AHEAD]);
        bp_device_count_received(device, frames[i]);
        bp_ether_input(net, device, frames[i]);
    }
    bp_net_burst_end(net);
}

/* Those that are there now: what they cause waits for the next poll. */
static void deliver_loopback(struct bp_net *net)
{
    struct bp_loopback *loopback = &net->loopback;

    for (u32 end = loopback->tail; loopback->head != end; loopback->head++) {
        __typeof__(loopback->slots[0]) *slot = &loopback->slots[loopback->head % BP_NET_LOOPBACK];
        struct bp_arrival arrival = {.interface = &net->interfaces[slot->interface],
                                     .loopback = true};

        bp_packet_set_flags(slot->packet, BP_PACKET_IP_CHECKED | BP_PACKET_L4_CHECKED);
        slot->packet->l2_len = 0;
        if (!BP_NET_HAS_IPV6 || bp_packet_data(slot->packet)[0] >> 4 == 4)
            bp_ipv4_input(net, slot->packet, &arrival);
        else
            bp_ipv6_input(net, slot->packet, &arrival);
    }
}

void bp_net_poll(struct bp_net *net, u64 now)
{
    struct bp_timer *timer;

    bp_net_set_time(net, now);
    bp_net_hold(net);
    deliver_loopback(net);
    bp_wheel_advance(&net->wheel, net->now);
    while ((timer = bp_wheel_pop(&net->wheel)))
        timer->fire(timer);
    bp_net_release(net);
}

u64 bp_net_deadline(const struct bp_net *net)
{
    u64 next = bp_wheel_next(&net->wheel);

    if (net->loopback.head != net->loopback.tail)
        return net->now;
    return net->tx_full ? BP_MIN(next, net->now + TX_RETRY_NS) : next;
}
