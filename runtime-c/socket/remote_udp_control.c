/* Control messages of datagrams over NICs (ip(7), ipv6(7), socket(7)): where one came to, when, and
 * with what header; how one is to leave. */
#include "base/clock.h"
#include "socket/control.h"
#include "socket/remote_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <time.h>

/* ---- out ---- */

static long get_int(const struct cmsghdr *message, int least, int most, u8 *to, bool *has)
{
    int value;

    if (message->cmsg_len == CMSG_LEN(1) && least == 0) { /* IP_TOS may be a byte */
        value = *CMSG_DATA(message);
    } else {
        if (message->cmsg_len != CMSG_LEN(sizeof(int)))
            return -EINVAL;
        memcpy(&value, CMSG_DATA(message), sizeof(value));
    }
    if (value < least || value > most)
        return -EINVAL;
    *to = (u8)value;
    *has = true;
    return 0;
}

/* The source address; the interface follows from the route. */
static long get_source4(const struct cmsghdr *message, struct bp_remote_datagram *head)
{
    struct in_pktinfo info;
    struct bp_ip_addr source;

    if (message->cmsg_len != CMSG_LEN(sizeof(info)))
        return -EINVAL;
    memcpy(&info, CMSG_DATA(message), sizeof(info));
    source = bp_ip_from_v4(info.ipi_spec_dst.s_addr);
    if (info.ipi_spec_dst.s_addr)
        head->local = bp_remote_inet(&source, 0);
    return 0;
}

static long get_source6(const struct cmsghdr *message, struct bp_remote_datagram *head)
{
    struct in6_pktinfo info;
    struct bp_ip_addr source;

    if (message->cmsg_len < CMSG_LEN(sizeof(info)))
        return -EINVAL;
    memcpy(&info, CMSG_DATA(message), sizeof(info));
    source = bp_ip_from_v6(info.ipi6_addr.s6_addr);
    if (!IN6_IS_ADDR_UNSPECIFIED(&info.ipi6_addr))
        head->local = bp_remote_inet(&source, 0);
    return 0;
}

static long get_message(const struct cmsghdr *message, struct bp_remote_datagram *head)
{
    int type = message->cmsg_type;

    switch (message->cmsg_level) {
    case IPPROTO_IP:
        return type == IP_TOS       ? get_int(message, 0, 255, &head->tos, &head->has_tos)
               : type == IP_TTL     ? get_int(message, 1, 255, &head->ttl, &head->has_ttl)
               : type == IP_PKTINFO ? get_source4(message, head)
                                    : -EINVAL;
    case IPPROTO_IPV6:
        return type == IPV6_TCLASS     ? get_int(message, 0, 255, &head->tos, &head->has_tos)
               : type == IPV6_HOPLIMIT ? get_int(message, 0, 255, &head->ttl, &head->has_ttl)
               : type == IPV6_PKTINFO  ? get_source6(message, head)
                                       : -EINVAL;
    default:
        return -EINVAL; /* UDP_SEGMENT among them: nobody would cut */
    }
}

long bp_remote_udp_control_get(const struct msghdr *msg, struct bp_remote_datagram *head)
{
    struct bp_control control;
    struct cmsghdr *message;
    size_t offset = 0;
    long ret = bp_control_get(&control, msg);

    while (!ret && control.length && (message = bp_control_next(&control, &offset, &ret)))
        ret = get_message(message, head);
    bp_control_release(&control);
    if (!ret && head->local.halves[1] && !bp_remote_is_own(&head->local))
        ret = -EINVAL;
    return ret;
}

/* ---- in ---- */

static long put_time(struct bp_control_sink *sink, const struct bp_remote_udp_options *options,
                     const struct bp_remote_datagram *head)
{
    struct timespec spec = {(time_t)(head->realtime / BP_NSEC_PER_SEC),
                            (long)(head->realtime % BP_NSEC_PER_SEC)};
    struct timeval val = {spec.tv_sec, spec.tv_nsec / (long)BP_NSEC_PER_USEC};

    if (options->timestampns)
        return bp_control_put(sink, SOL_SOCKET, SO_TIMESTAMPNS, &spec, sizeof(spec));
    return bp_control_put(sink, SOL_SOCKET, SO_TIMESTAMP, &val, sizeof(val));
}

static long put_int(struct bp_control_sink *sink, bool wanted, int level, int type, int value)
{
    return wanted ? bp_control_put(sink, level, type, &value, sizeof(value)) : 0;
}

static long put_place4(struct bp_control_sink *sink, const struct bp_remote_datagram *head)
{
    struct in_pktinfo info = {0};

    memcpy(&info.ipi_addr, &head->local.bytes[12], 4);
    info.ipi_spec_dst = info.ipi_addr;
    return bp_control_put(sink, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static long put_place6(struct bp_control_sink *sink, const struct bp_remote_datagram *head)
{
    struct in6_pktinfo info = {0};

    memcpy(&info.ipi6_addr, head->local.bytes, 16);
    return bp_control_put(sink, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

/* ip(7), IP_RECVERR: behind what happened lies the address of who says so. */
static long put_report(struct bp_control_sink *sink, u16 family,
                       const struct bp_remote_report *report)
{
    struct {
        struct sock_extended_err what;
        struct sockaddr_storage offender;
    } data = {.what = report->what};
    bool v6 = family == AF_INET6;
    size_t name = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (report->what.ee_origin != SO_EE_ORIGIN_LOCAL)
        bp_inet_format(&data.offender, &report->offender, family);
    return bp_control_put(sink, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR,
                          &data, offsetof(typeof(data), offender) + name);
}

/* As Linux orders them: when, then where, then how. */
static long put_head(struct bp_control_sink *sink, const struct bp_remote_udp *udp,
                     const struct bp_remote_datagram *head)
{
    const struct bp_remote_udp_options *options = &udp->options;
    bool v4 = bp_inet_is_v4(&head->local);
    long ret = 0;

    if (options->timestamp || options->timestampns)
        ret = put_time(sink, options, head);
    if (!ret && options->pktinfo6 && udp->family == AF_INET6)
        ret = put_place6(sink, head);
    if (!ret && options->pktinfo && v4)
        ret = put_place4(sink, head);
    if (!ret)
        ret = put_int(sink, options->recv_ttl && v4, IPPROTO_IP, IP_TTL, head->ttl);
    if (!ret && options->recv_tos && v4)
        ret = bp_control_put(sink, IPPROTO_IP, IP_TOS, &head->tos, 1);
    if (!ret)
        ret = put_int(sink, options->recv_hops && !v4, IPPROTO_IPV6, IPV6_HOPLIMIT, head->ttl);
    if (!ret)
        ret = put_int(sink, options->recv_tclass && !v4, IPPROTO_IPV6, IPV6_TCLASS, head->tos);
    return ret;
}

long bp_remote_udp_control_put(struct msghdr *msg, const struct bp_file *file,
                               const struct bp_remote_udp_arrival *arrival)
{
    const struct bp_remote_udp *udp = file->sock.udp;
    struct bp_control_sink sink = {.user = (u64)msg->msg_control,
                                   .room = msg->msg_control ? msg->msg_controllen : 0};
    long ret = arrival->reported ? put_report(&sink, udp->family, &arrival->report)
                                 : put_head(&sink, udp, &arrival->head);

    msg->msg_controllen = sink.used;
    msg->msg_flags |= sink.flags;
    return ret;
}
