/* Options of UDP sockets: what the host has been told also holds over NICs (ip(7), ipv6(7),
 * udp(7)).
 */
#include "base/host.h"
#include "base/uaccess.h"
#include "socket/remote_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/syscall.h>

static const struct mirrored {
    s32 level, name;
    u32 offset;
} mirrored[] = {
#define MIRROR(level, name, field)                                 \
    {                                                              \
        level, name, offsetof(struct bp_remote_udp_options, field) \
    }
    MIRROR(IPPROTO_IP, IP_TOS, tos),
    MIRROR(IPPROTO_IP, IP_TTL, ttl),
    MIRROR(IPPROTO_IP, IP_MULTICAST_TTL, multicast_ttl),
    MIRROR(IPPROTO_IP, IP_MULTICAST_LOOP, loop),
    MIRROR(IPPROTO_IP, IP_PKTINFO, pktinfo),
    MIRROR(IPPROTO_IP, IP_RECVTTL, recv_ttl),
    MIRROR(IPPROTO_IP, IP_RECVTOS, recv_tos),
    MIRROR(IPPROTO_IP, IP_MTU_DISCOVER, mtu_discover),
    MIRROR(IPPROTO_IP, IP_RECVERR, recverr),
    MIRROR(IPPROTO_IPV6, IPV6_RECVERR, recverr6),
    MIRROR(IPPROTO_IPV6, IPV6_TCLASS, tos),
    MIRROR(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl),
    MIRROR(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, multicast_ttl),
    MIRROR(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop),
    MIRROR(IPPROTO_IPV6, IPV6_RECVPKTINFO, pktinfo6),
    MIRROR(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, recv_hops),
    MIRROR(IPPROTO_IPV6, IPV6_RECVTCLASS, recv_tclass),
    MIRROR(IPPROTO_IPV6, IPV6_MTU_DISCOVER, mtu_discover),
    MIRROR(SOL_SOCKET, SO_TIMESTAMP, timestamp),
    MIRROR(SOL_SOCKET, SO_TIMESTAMPNS, timestampns),
    MIRROR(SOL_SOCKET, SO_BROADCAST, broadcast),
#undef MIRROR
};

static s32 host_option(const struct bp_file *file, s32 level, s32 name)
{
    s32 value = 0;
    u32 length = sizeof(value);

    bp_host(SYS_getsockopt, file->host_fd, level, name, &value, &length);
    return value;
}

static void mirror(struct bp_file *file, s32 level, s32 name)
{
    struct bp_remote_udp_options *options = &file->sock.udp->options;

    for (u32 i = 0; i < ARRAY_SIZE(mirrored); i++) {
        if (mirrored[i].level == level && mirrored[i].name == name)
            ((u8 *)options)[mirrored[i].offset] = (u8)BP_MAX(host_option(file, level, name), 0);
    }
    if (level == SOL_SOCKET && (name == SO_TIMESTAMP || name == SO_TIMESTAMPNS)) {
        options->timestamp = host_option(file, level, SO_TIMESTAMP);
        options->timestampns = host_option(file, level, SO_TIMESTAMPNS);
    }
    options->flags =
        (u8)((host_option(file, SOL_SOCKET, SO_REUSEADDR) ? BP_UDP_REUSEADDR : 0) |
             (host_option(file, SOL_SOCKET, SO_REUSEPORT) ? BP_UDP_REUSEPORT : 0) |
             (file->sock.udp->family == AF_INET6 && host_option(file, IPPROTO_IPV6, IPV6_V6ONLY)
                  ? BP_UDP_V6ONLY
                  : 0));
}

/* What the options that join and leave take, each with the group, and the own address of the
 * interface (any: the first NIC, as the host's numbers of interfaces know of none). */
static long parse_mreq(u64 value, u32 length, struct bp_ip_addr *group, struct bp_ip_addr *at)
{
    struct ip_mreqn request = {0};

    if (length < sizeof(struct ip_mreq))
        return -EINVAL;
    if (bp_copy(&request, (const void *)value, BP_MIN(length, (u32)sizeof(request))))
        return -EFAULT;
    *group = bp_ip_from_v4(request.imr_multiaddr.s_addr);
    *at = bp_ip_from_v4(request.imr_address.s_addr);
    return 0;
}

static long parse_mreq6(u64 value, u32 length, struct bp_ip_addr *group, struct bp_ip_addr *at)
{
    struct ipv6_mreq request;

    if (length < sizeof(request))
        return -EINVAL;
    if (bp_copy(&request, (const void *)value, sizeof(request)))
        return -EFAULT;
    *group = bp_ip_from_v6(request.ipv6mr_multiaddr.s6_addr);
    *at = BP_IP_ANY6;
    return 0;
}

/* RFC 3678, 5.1.1. */
static long parse_group_req(u64 value, u32 length, struct bp_ip_addr *group, struct bp_ip_addr *at)
{
    struct group_req request;
    struct bp_inet_addr addr;
    long ret;

    if (length < sizeof(request))
        return -EINVAL;
    if (bp_copy(&request, (const void *)value, sizeof(request)))
        return -EFAULT;
    ret = bp_inet_parse(&addr, &request.gr_group, sizeof(request.gr_group),
                        request.gr_group.ss_family == AF_INET6 ? AF_INET6 : AF_INET);
    *group = bp_remote_ip(&addr);
    *at = BP_IP_ANY6;
    return ret ? -EADDRNOTAVAIL : 0;
}

static const struct membership {
    s32 level, name;
    enum bp_remote_op op;
    long (*parse)(u64 value, u32 length, struct bp_ip_addr *group, struct bp_ip_addr *at);
} memberships[] = {
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, BP_REMOTE_JOIN, parse_mreq},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, BP_REMOTE_LEAVE, parse_mreq},
    {IPPROTO_IPV6, IPV6_JOIN_GROUP, BP_REMOTE_JOIN, parse_mreq6},
    {IPPROTO_IPV6, IPV6_LEAVE_GROUP, BP_REMOTE_LEAVE, parse_mreq6},
    {IPPROTO_IP, MCAST_JOIN_GROUP, BP_REMOTE_JOIN, parse_group_req},
    {IPPROTO_IP, MCAST_LEAVE_GROUP, BP_REMOTE_LEAVE, parse_group_req},
    {IPPROTO_IPV6, MCAST_JOIN_GROUP, BP_REMOTE_JOIN, parse_group_req},
    {IPPROTO_IPV6, MCAST_LEAVE_GROUP, BP_REMOTE_LEAVE, parse_group_req},
};

static const struct membership *find_membership(s32 level, s32 name)
{
    for (u32 i = 0; i < ARRAY_SIZE(memberships); i++) {
        if (memberships[i].level == level && memberships[i].name == name)
            return &memberships[i];
    }
    return NULL;
}

/* Nobody would cut, or tell of what waits, for a datagram over a NIC: programs that are refused do
 * without. */
static long refuse(struct bp_file *file, s32 level, s32 name)
{
    s32 off = 0;

    bp_host(SYS_setsockopt, file->host_fd, level, name, &off, sizeof(off));
    return -ENOPROTOOPT;
}

static bool is_refused(s32 level, s32 name)
{
    return (level == IPPROTO_UDP && name == UDP_SEGMENT) ||
           (level == IPPROTO_IP && name == IP_RECVORIGDSTADDR) ||
           (level == IPPROTO_IPV6 && name == IPV6_RECVORIGDSTADDR);
}

bool bp_remote_udp_option_get(struct bp_file *file, s32 level, s32 name, s32 *value)
{
    struct bp_remote_udp *udp = file->sock.udp;

    *value = (s32)READ_ONCE(udp->mtu);
    return udp->peer.port && *value &&
           ((level == IPPROTO_IP && name == IP_MTU) || (level == IPPROTO_IPV6 && name == IPV6_MTU));
}

/* A group is joined on the NICs, on the host, or on both where no interface is named. */
long bp_remote_udp_option_set(struct bp_file *file, s32 level, s32 name, u64 value, u32 length,
                              long host)
{
    const struct membership *membership = find_membership(level, name);
    struct bp_ip_addr group, at;
    long ret;

    if (!membership) {
        if (!host && is_refused(level, name))
            return refuse(file, level, name);
        if (!host)
            mirror(file, level, name);
        return host;
    }
    ret = membership->parse(value, length, &group, &at);
    if (!ret)
        ret = bp_remote_ask_udp(membership->op, file->sock.udp, &group, &at);
    return ret && !host ? 0 : ret;
}
