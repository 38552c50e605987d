#include "net/ip_error.h"

#include "net/icmp.h"
#include "net/ipv6.h"

#include <errno.h>

enum {
    TRANSPORT_LEAST = 8, /* what every quote must hold (RFC 792) */
};

static int quote_v4(struct bp_ip_error *error, const u8 *bytes, u32 len)
{
    const struct bp_ipv4_header *header = (const void *)bytes;
    u32 length = (header->version_ihl & 15) * 4u;

    if (len < sizeof(*header) || length < sizeof(*header) || length > len ||
        header->fragment & bp_be16(BP_IPV4_OFFSET_MASK))
        return -1;
    error->source = bp_ip_from_v4(header->source);
    error->destination = bp_ip_from_v4(header->destination);
    error->protocol = header->protocol;
    return (int)length;
}

static int quote_v6(struct bp_ip_error *error, const u8 *bytes, u32 len)
{
    const struct bp_ipv6_header *header = (const void *)bytes;
    int extensions;

    if (len < sizeof(*header))
        return -1;
    error->source = bp_ip_from_v6(header->source);
    error->destination = bp_ip_from_v6(header->destination);
    error->protocol = header->next_header;
    if (bp_ip_is_v4(&error->source))
        return -1;
    extensions =
        bp_ipv6_skip_extensions(bytes + sizeof(*header), len - sizeof(*header), &error->protocol);
    return extensions < 0 ? -1 : (int)sizeof(*header) + extensions;
}

bool bp_ip_quote(struct bp_net *net, struct bp_ip_error *error, const u8 *bytes, u32 len)
{
    int transport = -1;

    if (!len)
        return false;
    error->v6 = bytes[0] >> 4 == 6;
    if (error->v6)
        transport = quote_v6(error, bytes, len);
    else if (bytes[0] >> 4 == 4)
        transport = quote_v4(error, bytes, len);
    if (transport < 0 || len - (u32)transport < TRANSPORT_LEAST ||
        !bp_ip_is_own(net, &error->source))
        return false;
    error->transport = bytes + transport;
    error->transport_len = len - (u32)transport;
    return true;
}

void bp_ip_report(struct bp_net *net, const struct bp_ip_error *error)
{
    const struct bp_ip_protocol *protocol = net->protocols[error->protocol];

    if (protocol && protocol->error)
        protocol->error(net, error);
}

void bp_ip_report_unreachable(struct bp_net *net, const struct bp_packet *packet, u16 interface)
{
    struct bp_ip_error error = {.kind = BP_IP_ERROR_HOST_UNREACHABLE,
                                .error = -EHOSTUNREACH,
                                .local = true,
                                .interface = interface};

    if (!bp_ip_quote(net, &error, bp_packet_data(packet), packet->len))
        return;
    error.type = error.v6 ? BP_ICMPV6_UNREACHABLE : BP_ICMP_UNREACHABLE;
    error.code = error.v6 ? BP_ICMPV6_ADDRESS_UNREACHABLE : BP_ICMP_HOST_UNREACHABLE;
    error.offender = error.source;
    bp_ip_report(net, &error);
}
