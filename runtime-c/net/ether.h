/* Ethernet II frames, untagged or with one 802.1Q tag, in and out. */
#ifndef BP_NET_ETHER_H
#define BP_NET_ETHER_H

#include "net/net.h"

/* Room in front of an IP packet for what bp_ether_output adds. */
enum {
    BP_ETHER_ROOM = sizeof(struct bp_ether_header) + sizeof(struct bp_vlan_tag),
};

extern const u8 bp_ether_broadcast[6];

/* Where a packet came from, as the IP floors ask. */
struct bp_arrival {
    struct bp_net_interface *interface;
    bool group;    /* the frame was for a multicast or broadcast address */
    bool loopback; /* sent by ourselves, never on a wire */
};

/* Takes the frame apart and passes it on. Takes over the frame. */
void bp_ether_input(struct bp_net *net, struct bp_device *device, struct bp_packet *frame);

/* Frames and sends a packet, as a single piece if the device wants that. Takes over the packet.
 * Returns 0 or -ENOBUFS. */
int bp_ether_output(struct bp_net *net, struct bp_net_interface *interface,
                    struct bp_packet *packet, const u8 destination[6], enum bp_ether_type type);

/* The link-layer address of a multicast group (RFC 1112, 6.4; RFC 2464, 7). */
void bp_ether_group(u8 mac[6], const struct bp_ip_addr *group);

/* Of a packet that begins with its IP header. */
BP_INLINE enum bp_ether_type bp_ether_type_of(const struct bp_packet *packet)
{
    return bp_packet_data(packet)[0] >> 4 == 4 ? BP_ETHER_IPV4 : BP_ETHER_IPV6;
}

/* The frame's source address, of a packet whose IP header was pulled whole and not reassembled. */
BP_INLINE const u8 *bp_ether_source(const struct bp_packet *packet)
{
    return bp_packet_data(packet) - packet->l3_len - packet->l2_len +
           offsetof(struct bp_ether_header, source);
}

#endif
