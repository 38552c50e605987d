/* Cutting packets into fragments, as their sender. */
#include "net/ip_output.h"

#include "net/ipv4.h"
#include "net/ipv6.h"

#include <errno.h>

/* What all fragments of a packet share. */
struct cut {
    struct bp_ip_path *path;
    u32 id;
    u8 protocol, tos, ttl;
};

static void push_headers(struct bp_net *net, struct bp_packet *fragment, const struct cut *cut,
                         u32 offset, bool more)
{
    struct bp_ipv6_fragment *header;

    if (bp_ip_is_v4(&cut->path->destination))
        return bp_ipv4_push(net, fragment, cut->path, cut->protocol, cut->tos, cut->ttl,
                            (u16)cut->id, (u16)(offset / 8 | (more ? BP_IPV4_MF : 0)));
    header = bp_packet_push(fragment, sizeof(*header));
    *header = (struct bp_ipv6_fragment){.next_header = cut->protocol,
                                        .offset_more = bp_be16((u16)(offset | more)),
                                        .id = bp_be32(cut->id)};
    bp_ipv6_push(fragment, cut->path, BP_IP_FRAGMENT, cut->tos, cut->ttl);
}

/* Sends the fragment at offset, of up to max bytes. Returns its bytes or negative errno. */
static int send_one(struct bp_net *net, const struct bp_packet *packet, const struct cut *cut,
                    u32 offset, u32 max)
{
    u32 rest = packet->total - offset, len = BP_MIN(rest, max);
    struct bp_packet *fragment = bp_net_alloc(net);
    int error;

    if (!fragment)
        return -ENOBUFS;
    if (len > bp_packet_tailroom(fragment))
        len = BP_ALIGN_DOWN(bp_packet_tailroom(fragment), 8);
    if (!len) {
        bp_net_drop(net, fragment, BP_DROP_NO_BUFFER);
        return -ENOBUFS;
    }
    bp_packet_read(packet, offset, bp_packet_append(fragment, len), len);
    push_headers(net, fragment, cut, offset, len < rest);
    error = bp_ip_send(net, fragment, cut->path);
    return error ? error : (int)len;
}

int bp_ip_fragment(struct bp_net *net, struct bp_packet *packet, struct bp_ip_path *path,
                   u8 protocol, u8 tos, u8 ttl)
{
    u32 headers = bp_ip_speaks_v4(&path->destination)
                      ? bp_ipv4_header_bytes(path)
                      : sizeof(struct bp_ipv6_header) + sizeof(struct bp_ipv6_fragment);
    u32 max = BP_ALIGN_DOWN(bp_ip_mtu(net, path) - headers, 8);
    struct cut cut = {
        .path = path, .id = bp_ip_next_id(net, path), .protocol = protocol, .tos = tos, .ttl = ttl};
    int sent = 0;

    for (u32 offset = 0; offset < packet->total && sent >= 0; offset += (u32)sent)
        sent = send_one(net, packet, &cut, offset, max);
    bp_net_free(net, packet);
    return BP_MIN(sent, 0);
}
