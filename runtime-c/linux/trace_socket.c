/* Printers of what the socket calls take: addresses, buffers in pieces, messages, option values. */
#include "base/host.h"
#include "base/uaccess.h"
#include "linux/trace_print.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* ---- addresses ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_nl nl;
    struct sockaddr_storage storage;
};

/* The longest run of zero groups that is worth "::" (RFC 5952): its start, and its length in *len
 * (0: none). */
static int longest_zeros(const u16 groups[8], int *len)
{
    int best = 0;

    *len = 0;
    for (int i = 0; i < 8; i++) {
        int run = 0;

        while (i + run < 8 && !groups[i + run])
            run++;
        if (run > 1 && run > *len)
            best = i, *len = run;
    }
    return best;
}

static void put_in6(struct bp_trace_call *call, const u8 bytes[16])
{
    u16 groups[8];
    int len, zeros;

    for (int i = 0; i < 8; i++)
        groups[i] = (u16)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    zeros = longest_zeros(groups, &len);
    for (int i = 0; i < 8; i++) {
        if (len && i == zeros) {
            bp_put(call, "::");
            i += len - 1;
        } else {
            bp_put(call, i && !(len && i == zeros + len) ? ":%x" : "%x", groups[i]);
        }
    }
}

static void put_in(struct bp_trace_call *call, const union address *address)
{
    const u8 *ip = (const u8 *)&address->in.sin_addr;

    bp_put(call, ", sin_port=htons(%u), sin_addr=inet_addr(\"%u.%u.%u.%u\")",
           __builtin_bswap16(address->in.sin_port), ip[0], ip[1], ip[2], ip[3]);
}

static void put_in6_address(struct bp_trace_call *call, const union address *address)
{
    bp_put(call, ", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"",
           __builtin_bswap16(address->in6.sin6_port),
           __builtin_bswap32(address->in6.sin6_flowinfo));
    put_in6(call, address->in6.sin6_addr.s6_addr);
    bp_put(call, "\", &sin6_addr), sin6_scope_id=%u", address->in6.sin6_scope_id);
}

/* A path ends at its NUL, an abstract name (after one) where the address does. */
static void put_unix_path(struct bp_trace_call *call, const union address *address, u64 len)
{
    const char *path = address->un.sun_path;
    u64 room = len - offsetof(struct sockaddr_un, sun_path);

    if (!room)
        return;
    bp_put(call, path[0] ? ", sun_path=" : ", sun_path=@");
    if (path[0])
        bp_put_path(call, 0, (u64)path, 0);
    else
        bp_put_quoted(call, (u64)path + 1, room - 1);
}

void bp_put_sockaddr_at(struct bp_trace_call *call, u64 value, u64 len)
{
    /* One more byte, so that a path that fills the address still ends. */
    u8 bytes[sizeof(union address) + 1] BP_ALIGNED(8) = {0};
    const union address *address = (const union address *)bytes;

    len = BP_MIN(len, sizeof(union address));
    if (!value || len < sizeof(sa_family_t) || bp_copy(bytes, (const void *)value, len)) {
        bp_put_pointer(call, 0, value, 0);
        return;
    }
    bp_put(call, "{sa_family=");
    bp_put_as(call, BP_ARG_AF, 0, address->any.sa_family);
    if (address->any.sa_family == AF_INET && len >= sizeof(struct sockaddr_in))
        put_in(call, address);
    else if (address->any.sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6))
        put_in6_address(call, address);
    else if (address->any.sa_family == AF_UNIX)
        put_unix_path(call, address, len);
    else if (address->any.sa_family == AF_NETLINK && len >= sizeof(struct sockaddr_nl))
        bp_put(call, ", nl_pid=%u, nl_groups=%08x", address->nl.nl_pid, address->nl.nl_groups);
    else if (len > sizeof(sa_family_t)) {
        bp_put(call, ", sa_data=");
        bp_put_quoted(call, (u64)address->any.sa_data, len - sizeof(sa_family_t));
    }
    bp_put(call, "}");
}

/* The length is the next argument. */
void bp_put_sockaddr(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    bp_put_sockaddr_at(call, value, (u32)call->args[i + 1]);
}

/* The next argument points to the length. */
void bp_put_peer(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    u32 len = 0;

    (void)detail;
    if (call->args[i + 1])
        bp_get_user32(&len, (const u32 *)call->args[i + 1]);
    bp_put_sockaddr_at(call, value, len);
}

/* ---- buffers in pieces ---- */

/*
 * count pieces, of whose bytes the first `valid` mean something; of a call that failed to fill
 * them, none do and addresses are shown.
 */
static void put_pieces(struct bp_trace_call *call, u64 address, u64 count, u64 valid,
                       bool addresses)
{
    struct iovec piece;

    if (!address || (count && bp_copy(&piece, (const void *)address, sizeof(piece)))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "[");
    for (u64 n = 0; n < count; n++) {
        bp_put(call, n ? ", " : "");
        if (n == BP_TRACE_ELEMENTS ||
            bp_copy(&piece, (const void *)(address + n * sizeof(piece)), sizeof(piece))) {
            bp_put(call, "...");
            break;
        }
        bp_put(call, "{iov_base=");
        if (addresses)
            bp_put_pointer(call, 0, (u64)piece.iov_base, 0);
        else
            bp_put_quoted(call, (u64)piece.iov_base, BP_MIN((u64)piece.iov_len, valid));
        bp_put(call, ", iov_len=%lu}", (u64)piece.iov_len);
        valid -= BP_MIN((u64)piece.iov_len, valid);
    }
    bp_put(call, "]");
}

void bp_put_iov(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    put_pieces(call, value, call->args[i + 1], UINT64_MAX, false);
}

void bp_put_iov_filled(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    put_pieces(call, value, call->args[i + 1], (u64)call->ret, bp_is_error(call->ret));
}

/* ---- messages ---- */

static void put_msghdr(struct bp_trace_call *call, u64 address, u64 valid)
{
    struct msghdr msg;

    if (!address || bp_copy(&msg, (const void *)address, sizeof(msg))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "{msg_name=");
    bp_put_sockaddr_at(call, (u64)msg.msg_name, msg.msg_namelen);
    bp_put(call, ", msg_namelen=%u, msg_iov=", msg.msg_namelen);
    put_pieces(call, (u64)msg.msg_iov, msg.msg_iovlen, valid, false);
    bp_put(call, ", msg_iovlen=%lu", (u64)msg.msg_iovlen);
    if (msg.msg_controllen)
        bp_put(call, ", msg_control=0x%lx", (u64)msg.msg_control);
    bp_put(call, ", msg_controllen=%lu, msg_flags=", (u64)msg.msg_controllen);
    bp_put_as(call, BP_ARG_MSGFLAGS, 0, (u32)msg.msg_flags);
    bp_put(call, "}");
}

void bp_put_msg(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    put_msghdr(call, value, UINT64_MAX);
}

void bp_put_msg_filled(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    put_msghdr(call, value, (u64)call->ret);
}

static void put_mmsghdr(struct bp_trace_call *call, u64 address)
{
    u32 len;

    if (bp_get_user32(&len, (const u32 *)(address + offsetof(struct mmsghdr, msg_len)))) {
        bp_put_pointer(call, 0, address, 0);
        return;
    }
    bp_put(call, "{msg_hdr=");
    put_msghdr(call, address, len);
    bp_put(call, ", msg_len=%u}", len);
}

/* As many messages as the call says it has sent or received. */
void bp_put_mmsg(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)i, (void)detail;
    bp_put_array(call, value, (u64)call->ret, sizeof(struct mmsghdr), put_mmsghdr);
}

/* ---- option values ---- */

/* Options of SOL_SOCKET that are neither a number nor bytes. */
static const struct {
    u16 option, size, type;
} structured_options[] = {
    {SO_LINGER, sizeof(struct linger), BP_ARG_LINGER},
};

static void put_option(struct bp_trace_call *call, u64 value, u32 len)
{
    for (u32 n = 0; n < ARRAY_SIZE(structured_options); n++) {
        if (call->args[1] == SOL_SOCKET && call->args[2] == structured_options[n].option &&
            len >= structured_options[n].size) {
            bp_put_as(call, structured_options[n].type, 0, value);
            return;
        }
    }
    if (len == sizeof(u32))
        bp_put_ints(call, 0, value, 1);
    else
        bp_put_quoted(call, value, len);
}

void bp_put_sockval(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    (void)detail;
    put_option(call, value, (u32)call->args[i + 1]);
}

void bp_put_gotsockval(struct bp_trace_call *call, int i, u64 value, u64 detail)
{
    u32 len;

    if (bp_get_user32(&len, (const u32 *)call->args[i + 1]))
        bp_put_pointer(call, i, value, detail);
    else
        put_option(call, value, len);
}
