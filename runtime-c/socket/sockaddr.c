#include "socket/sockaddr.h"
#include "sched/hand.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "memory/pool.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum {
    OWN_MAX = 64
};

static struct bp_inet_addr own[OWN_MAX];
static u32 own_count;

/* ---- programs' structures ---- */

long bp_sockaddr_get(struct sockaddr_storage *addr, u64 user, u64 length)
{
    if ((int)length < 0 || length > sizeof(*addr))
        return -EINVAL;
    memset(addr, 0, sizeof(*addr));
    return bp_copy(addr, (const void *)user, length);
}

long bp_sockaddr_put(u64 user, u64 user_length, const struct sockaddr_storage *addr, u32 length)
{
    u32 room;

    if (!user)
        return 0;
    if (bp_get_user32(&room, (const u32 *)user_length))
        return -EFAULT;
    if ((s32)room < 0)
        return -EINVAL;
    if (bp_copy((void *)user, addr, BP_MIN(room, length)))
        return -EFAULT;
    return bp_put_user32((u32 *)user_length, length);
}

/* ---- IP ---- */

static void set_v4(struct bp_inet_addr *to, u32 network_order)
{
    to->halves[0] = 0;
    to->words[2] = 0xffff0000U;
    to->words[3] = network_order;
}

long bp_inet_parse(struct bp_inet_addr *to, const struct sockaddr_storage *from, u32 length,
                   u16 family)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

    *to = (struct bp_inet_addr){0};
    if (length < (family == AF_INET ? sizeof(*v4) : offsetof(struct sockaddr_in6, sin6_scope_id)))
        return -EINVAL;
    if (from->ss_family != family)
        return -EAFNOSUPPORT;
    to->port = __builtin_bswap16(v4->sin_port);
    if (family == AF_INET) {
        set_v4(to, v4->sin_addr.s_addr);
        return 0;
    }
    memcpy(to->bytes, &v6->sin6_addr, sizeof(to->bytes));
    to->scope = length >= sizeof(*v6) ? v6->sin6_scope_id : 0;
    return 0;
}

u32 bp_inet_format(struct sockaddr_storage *to, const struct bp_inet_addr *from, u16 family)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

    if (family == AF_INET) {
        *v4 =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_port = __builtin_bswap16(from->port)};
        v4->sin_addr.s_addr = from->words[3];
        return sizeof(*v4);
    }
    *v6 =
        (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = __builtin_bswap16(from->port)};
    memcpy(&v6->sin6_addr, from->bytes, sizeof(from->bytes));
    v6->sin6_scope_id = from->scope;
    return sizeof(*v6);
}

static bool is_v6_loopback(const struct bp_inet_addr *a)
{
    return !a->halves[0] && !a->words[2] && a->words[3] == 0x01000000U;
}

bool bp_inet_is_own(const struct bp_inet_addr *a)
{
    if (bp_inet_is_v4(a) ? a->bytes[12] == 127 : is_v6_loopback(a))
        return true;
    for (u32 i = 0; i < own_count; i++) {
        if (bp_inet_same_address(&own[i], a))
            return true;
    }
    return false;
}

void bp_inet_source_for(struct bp_inet_addr *source, const struct bp_inet_addr *target)
{
    u16 port = source->port;

    *source = *target;
    source->port = port;
    if (bp_inet_is_v4(target) && target->bytes[12] == 127)
        set_v4(source, 0x0100007fU); /* the preferred source of the whole loopback network */
}

/* ---- what the host says ---- */

static void add_own(const struct ifaddrmsg *message, size_t length)
{
    const struct rtattr *attr = IFA_RTA(message);

    for (size_t left = length; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
        /* IFA_LOCAL is the own address of a point-to-point link, where IFA_ADDRESS is the peer's.
         */
        u32 wanted = message->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;

        if (attr->rta_type != wanted || own_count == OWN_MAX)
            continue;
        own[own_count] = (struct bp_inet_addr){0};
        if (message->ifa_family == AF_INET)
            set_v4(&own[own_count], *(const u32 *)RTA_DATA(attr));
        else
            memcpy(own[own_count].bytes, RTA_DATA(attr), 16);
        own_count++;
    }
}

/* Returns false when the dump has ended. */
static bool read_answer(const char *buf, long length)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)buf;
    u32 left = (u32)length;

    for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
        const struct ifaddrmsg *message = NLMSG_DATA(header);

        if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
            return false;
        if (header->nlmsg_type == RTM_NEWADDR &&
            (message->ifa_family == AF_INET || message->ifa_family == AF_INET6))
            add_own(message, IFA_PAYLOAD(header));
    }
    return true;
}

static void read_interfaces(void)
{
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_GETADDR,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
    };
    long fd = bp_host(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    static char answer[16384] BP_ALIGNED(8);
    long n;

    if (bp_is_error(fd))
        return; /* loopback only */
    n = bp_host(SYS_sendto, fd, &request, sizeof(request), 0, NULL, 0);
    while (n > 0) {
        n = bp_host(SYS_recvfrom, fd, answer, sizeof(answer), 0, NULL, NULL);
        if (n > 0 && !read_answer(answer, n))
            break;
    }
    bp_host(SYS_close, fd);
}

void bp_sockaddr_init(void)
{
    read_interfaces();
}

/* ---- names of AF_UNIX ---- */

struct bp_unix_name *bp_unix_name_create(const struct sockaddr_storage *addr, u32 length)
{
    struct bp_unix_name *name = bp_pool_get(BP_POOL_UNIX_NAME);

    if (!name)
        return NULL;
    name->lock = (struct bp_lock){0};
    name->refs = 1;
    bp_hand_take(BP_HAND_NAME, name);
    name->length = length - (u32)offsetof(struct sockaddr_un, sun_path);
    memcpy(name->path, ((const struct sockaddr_un *)addr)->sun_path, name->length);
    return name;
}

void bp_unix_name_hold(struct bp_unix_name *name)
{
    if (!name)
        return;
    bp_lock(&name->lock);
    bp_hand_take(BP_HAND_NAME, name);
    bp_set(name->refs, name->refs + 1);
    bp_unlock(&name->lock);
}

void bp_unix_name_drop(struct bp_unix_name *name)
{
    bool last;

    if (!name)
        return;
    bp_lock(&name->lock);
    last = name->refs == 1;
    bp_hand_put(name);
    bp_set(name->refs, name->refs - 1);
    if (last)
        bp_pool_put(BP_POOL_UNIX_NAME, name);
    bp_unlock(&name->lock);
}

u32 bp_unix_name_format(struct sockaddr_storage *to, const struct bp_unix_name *name)
{
    struct sockaddr_un *un = (struct sockaddr_un *)to;

    memset(un, 0, sizeof(*un));
    un->sun_family = AF_UNIX;
    if (!name)
        return offsetof(struct sockaddr_un, sun_path);
    memcpy(un->sun_path, name->path, name->length);
    return (u32)offsetof(struct sockaddr_un, sun_path) + name->length;
}
