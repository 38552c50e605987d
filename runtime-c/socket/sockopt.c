#include "socket/sockopt.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "net/tcp.h"
#include "sched/hand.h"
#include "socket/fdtable.h"
#include "socket/host_limits.h"
#include "socket/hostfile.h"
#include "socket/inet.h"
#include "socket/remote_udp.h"
#include "socket/socket_calls.h"
#include "socket/stream.h"
#include "socket/timeout.h"
#include "socket/unix.h"

#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>

enum {
    SNDBUF_MIN = 4608, /* SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF of x86-64 */
    RCVBUF_MIN = 2304,
    LOOPBACK_MSS = 65483, /* MTU of lo less headers */
    LOOPBACK_MTU = 65536,
    ECN_BITS = 3,
    CONGESTION_NAME_MAX = 16, /* TCP_CA_NAME_MAX of Linux, with the NUL */
};

/* Of TCP_CONGESTION. */
static const char congestions[][CONGESTION_NAME_MAX] = {
#define BP_TCP_ALGORITHM(id, name) #name,
#include "net/tcp_congestion.def"
#undef BP_TCP_ALGORITHM
};

/* ---- options that are only remembered ---- */

struct remembered {
    s32 level, name;
    bool is_bool;
    u8 id;
    s32 initial, min, max;
};

static const struct remembered remembered[] = {
#define BP_SOCKOPT_BOOL(level, name, id) {level, name, true, BP_SOCK_##id, 0, INT_MIN, INT_MAX},
#define BP_SOCKOPT_INT(level, name, id, initial, min, max) \
    {level, name, false, BP_SOCK_##id, initial, min, max},
#include "socket/sockopt.def"
#undef BP_SOCKOPT_INT
#undef BP_SOCKOPT_BOOL
};

static const struct remembered *find_remembered(s32 level, s32 name)
{
    for (u32 i = 0; i < ARRAY_SIZE(remembered); i++) {
        if (remembered[i].level == level && remembered[i].name == name)
            return &remembered[i];
    }
    return NULL;
}

static s32 get_remembered(const struct bp_file *file, const struct remembered *option)
{
    if (option->is_bool)
        return file->sock.options >> option->id & 1;
    return file->sock.ints_set >> option->id & 1 ? file->sock.ints[option->id] : option->initial;
}

static void set_remembered(struct bp_file *file, const struct remembered *option, s32 value)
{
    bp_lock(&file->lock);
    if (option->is_bool) {
        file->sock.options = (file->sock.options & ~(1U << option->id)) | (u32) !!value
                                                                              << option->id;
    } else {
        file->sock.ints[option->id] = value;
        file->sock.ints_set |= 1U << option->id;
    }
    bp_unlock(&file->lock);
}

/* ---- options that act or are computed ---- */

static s32 get_type(struct bp_file *file)
{
    (void)file;
    return SOCK_STREAM;
}

static s32 get_domain(struct bp_file *file)
{
    return file->sock.family;
}

static s32 get_protocol(struct bp_file *file)
{
    return file->sock.family == AF_UNIX ? 0 : IPPROTO_TCP;
}

static s32 get_listening(struct bp_file *file)
{
    return file->kind == BP_FILE_LISTENER;
}

static s32 get_error(struct bp_file *file)
{
    return bp_stream_take_error(file);
}

static s32 get_sndbuf(struct bp_file *file)
{
    if (file->sock.sndbuf)
        return file->sock.sndbuf;
    return (s32)(file->sock.family == AF_UNIX ? bp_host_limits.wmem_default
                                              : bp_host_limits.tcp_wmem);
}

static s32 get_rcvbuf(struct bp_file *file)
{
    if (file->sock.rcvbuf)
        return file->sock.rcvbuf;
    return (s32)(file->sock.family == AF_UNIX ? bp_host_limits.rmem_default
                                              : bp_host_limits.tcp_rmem);
}

static s32 get_rcvlowat(struct bp_file *file)
{
    return file->state & BP_STATE_LOWAT ? file->sock.rcvlowat : 1;
}

static s32 get_sndlowat(struct bp_file *file)
{
    (void)file;
    return 1;
}

static s32 get_passcred(struct bp_file *file)
{
    return file->sock.passcred;
}

static s32 get_maxseg(struct bp_file *file)
{
    struct tcp_info info;

    if (bp_remote_is(file) && !bp_remote_info(file, &info))
        return (s32)info.tcpi_snd_mss;
    return file->state & BP_STATE_CONNECTED
               ? LOOPBACK_MSS
               : get_remembered(file, find_remembered(IPPROTO_TCP, TCP_MAXSEG));
}

/* A new size of a buffer holds for what is connected already. */
static void update_limits(struct bp_file *file)
{
    if (!(file->state & BP_STATE_CONNECTED) || file->state & BP_STATE_PEER_GONE)
        return;
    file->limit = bp_sock_limit(file->peer, file);
    file->peer->limit = bp_sock_limit(file, file->peer);
}

static s32 double_clamped(s32 value, u32 max, s32 min)
{
    value = (s32)BP_MIN((u32)value, BP_MIN(max, (u32)INT_MAX / 2)) * 2;
    return BP_MAX(value, min);
}

static long set_sndbuf(struct bp_file *file, s32 value)
{
    file->sock.sndbuf = double_clamped(value, bp_host_limits.wmem_max, SNDBUF_MIN);
    update_limits(file);
    return 0;
}

static long set_rcvbuf(struct bp_file *file, s32 value)
{
    file->sock.rcvbuf = double_clamped(value, bp_host_limits.rmem_max, RCVBUF_MIN);
    update_limits(file);
    return 0;
}

static long set_rcvlowat(struct bp_file *file, s32 value)
{
    if (file->sock.family == AF_UNIX)
        return -EOPNOTSUPP;
    value = value < 0 ? INT_MAX : value;
    file->sock.rcvlowat = value ? value : 1;
    bp_file_set_state(file, value > 1 ? BP_STATE_LOWAT : 0, value > 1 ? 0 : BP_STATE_LOWAT);
    return 0;
}

static long set_passcred(struct bp_file *file, s32 value)
{
    if (file->sock.family != AF_UNIX)
        return -EOPNOTSUPP;
    file->sock.passcred = value != 0;
    bp_file_set_state(file, value ? BP_STATE_RIGHTS : 0, value ? 0 : BP_STATE_RIGHTS);
    return 0;
}

static const struct acting {
    s32 level, name;
    s32 (*get)(struct bp_file *file);
    long (*set)(struct bp_file *file, s32 value); /* NULL: -ENOPROTOOPT */
} acting[] = {
    {SOL_SOCKET, SO_TYPE, get_type, NULL},
    {SOL_SOCKET, SO_DOMAIN, get_domain, NULL},
    {SOL_SOCKET, SO_PROTOCOL, get_protocol, NULL},
    {SOL_SOCKET, SO_ACCEPTCONN, get_listening, NULL},
    {SOL_SOCKET, SO_ERROR, get_error, NULL},
    {SOL_SOCKET, SO_SNDBUF, get_sndbuf, set_sndbuf},
    {SOL_SOCKET, SO_RCVBUF, get_rcvbuf, set_rcvbuf},
    {SOL_SOCKET, SO_RCVLOWAT, get_rcvlowat, set_rcvlowat},
    {SOL_SOCKET, SO_SNDLOWAT, get_sndlowat, NULL},
    {SOL_SOCKET, SO_PASSCRED, get_passcred, set_passcred},
    {IPPROTO_TCP, TCP_MAXSEG, get_maxseg, NULL},
};

static const struct acting *find_acting(s32 level, s32 name)
{
    for (u32 i = 0; i < ARRAY_SIZE(acting); i++) {
        if (acting[i].level == level && acting[i].name == name)
            return &acting[i];
    }
    return NULL;
}

/* ---- options that only the host knows ---- */

/*
 * An option that only the host knows. While a socket is fresh or listens it has, or gets, a socket
 * of the host: what that one takes makes a fresh one host-backed, since a local channel would not
 * obey it.
 */
static long set_by_host(struct bp_file *file, s32 level, s32 name, u64 value, u32 length)
{
    bool fresh = file->kind != BP_FILE_LISTENER;
    long ret;

    if (file->state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING))
        return -ENOPROTOOPT;
    ret = file->sock.family == AF_UNIX ? bp_unix_need_host(file) : bp_inet_need_host(file);
    if (!ret)
        ret = bp_host(SYS_setsockopt, file->host_fd, level, name, value, length);
    if (!ret && fresh && file->sock.family != AF_UNIX)
        bp_hostfile_become(file);
    return ret;
}

/* ---- options that are structures ---- */

static long put_value(const void *value, u32 size, u64 user, u64 user_length)
{
    u32 room;

    if (bp_get_user32(&room, (const u32 *)user_length))
        return -EFAULT;
    if ((s32)room < 0)
        return -EINVAL;
    size = BP_MIN(size, room);
    if (bp_copy((void *)user, value, size))
        return -EFAULT;
    return bp_put_user32((u32 *)user_length, size);
}

static long get_linger(struct bp_file *file, u64 user, u64 user_length)
{
    struct linger value = {file->sock.linger >= 0, BP_MAX(file->sock.linger, 0)};

    return put_value(&value, sizeof(value), user, user_length);
}

static long set_linger(struct bp_file *file, u64 user, u32 length)
{
    struct linger value;

    if (length < sizeof(value))
        return -EINVAL;
    if (bp_copy(&value, (const void *)user, sizeof(value)))
        return -EFAULT;
    file->sock.linger = value.l_onoff ? BP_MAX(value.l_linger, 0) : -1;
    return 0;
}

static long get_timeout(u64 ns, u64 user, u64 user_length)
{
    struct timeval value = {(long)(ns / BP_NSEC_PER_SEC),
                            (long)(ns % BP_NSEC_PER_SEC / BP_NSEC_PER_USEC)};

    return put_value(&value, sizeof(value), user, user_length);
}

static long set_timeout(u64 *ns, u64 user, u32 length)
{
    struct timeval value;

    if (length < sizeof(value))
        return -EINVAL;
    if (bp_copy(&value, (const void *)user, sizeof(value)))
        return -EFAULT;
    if (value.tv_usec < 0 || value.tv_usec >= 1000000)
        return -EDOM;
    if (value.tv_sec < 0)
        *ns = 1; /* as Linux: over at once */
    else if ((u64)value.tv_sec >= BP_NEVER / 4 / BP_NSEC_PER_SEC)
        *ns = 0;
    else
        *ns = (u64)value.tv_sec * BP_NSEC_PER_SEC + (u64)value.tv_usec * BP_NSEC_PER_USEC;
    return 0;
}

static long get_rcvtimeo(struct bp_file *file, u64 user, u64 user_length)
{
    return get_timeout(file->sock.receive_timeout, user, user_length);
}

static long set_rcvtimeo(struct bp_file *file, u64 user, u32 length)
{
    return set_timeout(&file->sock.receive_timeout, user, length);
}

static long get_sndtimeo(struct bp_file *file, u64 user, u64 user_length)
{
    return get_timeout(file->sock.send_timeout, user, user_length);
}

static long set_sndtimeo(struct bp_file *file, u64 user, u32 length)
{
    return set_timeout(&file->sock.send_timeout, user, length);
}

static long get_peercred(struct bp_file *file, u64 user, u64 user_length)
{
    struct bp_cred cred = {0, (u32)-1, (u32)-1};

    if (file->sock.family == AF_UNIX && file->state & BP_STATE_CONNECTED)
        cred = file->peer->sock.cred;
    else if (file->sock.family == AF_UNIX && file->kind == BP_FILE_LISTENER)
        cred = file->sock.cred;
    return put_value(&cred, sizeof(cred), user, user_length);
}

u8 bp_sock_tcp_state(const struct bp_file *file)
{
    u32 state = file->state;

    if (file->kind == BP_FILE_LISTENER)
        return BP_TCP_LISTEN;
    if (state & BP_STATE_RESET || !(state & (BP_STATE_CONNECTED | BP_STATE_CONNECTING)))
        return BP_TCP_CLOSED;
    if (!(state & BP_STATE_CONNECTED))
        return BP_TCP_SYN_SENT;
    if (state & BP_STATE_SHUT_WRITE)
        return state & BP_STATE_PEER_SHUT ? BP_TCP_CLOSED : BP_TCP_FIN_WAIT2;
    return state & BP_STATE_PEER_SHUT ? BP_TCP_CLOSE_WAIT : BP_TCP_ESTABLISHED;
}

/* What a local channel can tell: state and segment sizes; it has no round trips and loses nothing.
 * A flow over a NIC tells all. */
static long get_tcp_info(struct bp_file *file, u64 user, u64 user_length)
{
    struct tcp_info remote;

    struct tcp_info info = {.tcpi_state = bp_sock_tcp_state(file),
                            .tcpi_snd_mss = LOOPBACK_MSS,
                            .tcpi_rcv_mss = LOOPBACK_MSS};

    if (file->sock.family == AF_UNIX)
        return -EOPNOTSUPP;
    if (bp_remote_is(file) && !bp_remote_info(file, &remote))
        return put_value(&remote, sizeof(remote), user, user_length);
    info.tcpi_pmtu = info.tcpi_advmss = LOOPBACK_MSS;
    info.tcpi_rcv_space = file->limit;
    if (file->kind == BP_FILE_LISTENER) { /* tcp(7): the queue and its size */
        info.tcpi_unacked = file->sock.queued;
        info.tcpi_sacked = file->sock.backlog;
    }
    return put_value(&info, sizeof(info), user, user_length);
}

/* Of the path. */
static long get_mtu(struct bp_file *file, u64 user, u64 user_length)
{
    struct tcp_info info;
    s32 mtu = LOOPBACK_MTU;

    if (!(file->state & BP_STATE_CONNECTED))
        return -ENOTCONN;
    if (bp_remote_is(file) && !bp_remote_info(file, &info))
        mtu = (s32)info.tcpi_pmtu;
    return put_value(&mtu, sizeof(mtu), user, user_length);
}

/* What a flow over a NIC has, or would have; a local channel needs none. */
static long get_congestion(struct bp_file *file, u64 user, u64 user_length)
{
    u32 i = file->sock.congestion ? file->sock.congestion - 1U : BP_TCP_CONGESTION;

    return put_value(congestions[i], CONGESTION_NAME_MAX, user, user_length);
}

static void tell_stack(struct bp_file *file)
{
    if (bp_remote_is(file))
        bp_remote_options_changed(file);
    else if (BP_HAS_NIC && file->kind == BP_FILE_LISTENER && file->sock.family != AF_UNIX)
        bp_remote_listener_changed(file);
}

/* Ours, and where the host has a socket too, one that it takes. What only the host knows is the
 * host's business. */
static long set_congestion(struct bp_file *file, u64 user, u32 length)
{
    char name[CONGESTION_NAME_MAX] = {0};
    u8 i = 0;
    long ret = 0;

    if (!length)
        return -EINVAL;
    if (bp_copy(name, (const void *)user, BP_MIN(length, (u32)sizeof(name) - 1)))
        return -EFAULT;
    while (i < ARRAY_SIZE(congestions) && memcmp(name, congestions[i], sizeof(name)) != 0)
        i++;
    if (i == ARRAY_SIZE(congestions))
        return set_by_host(file, IPPROTO_TCP, TCP_CONGESTION, user, length);
    if (file->host_fd >= 0)
        ret = bp_host(SYS_setsockopt, file->host_fd, IPPROTO_TCP, TCP_CONGESTION, name,
                      CONGESTION_NAME_MAX);
    if (ret)
        return ret;
    file->sock.congestion = (u8)(i + 1);
    tell_stack(file);
    return 0;
}

/* As wide as the program's variable (socket(7) says nothing of it): u64, or u32. */
static long get_pacing(struct bp_file *file, u64 user, u64 user_length)
{
    u32 narrow = file->sock.pacing_max ? file->sock.pacing_max : UINT32_MAX, room;
    u64 value = file->sock.pacing_max ? file->sock.pacing_max : UINT64_MAX;

    if (bp_get_user32(&room, (const u32 *)user_length))
        return -EFAULT;
    return room < sizeof(value) ? put_value(&narrow, sizeof(narrow), user, user_length)
                                : put_value(&value, sizeof(value), user, user_length);
}

static long set_pacing(struct bp_file *file, u64 user, u32 length)
{
    u64 value = 0;

    if (length < sizeof(u32))
        return -EINVAL;
    if (bp_copy(&value, (const void *)user, length < sizeof(value) ? sizeof(u32) : sizeof(value)))
        return -EFAULT;
    /* 34 Gbit/s and more is no limit. */
    file->sock.pacing_max = value >= UINT32_MAX ? 0 : BP_MAX((u32)value, 1u);
    tell_stack(file);
    return 0;
}

static const struct structured {
    s32 level, name;
    long (*get)(struct bp_file *file, u64 user, u64 user_length);
    long (*set)(struct bp_file *file, u64 user, u32 length);
} structured[] = {
    {SOL_SOCKET, SO_LINGER, get_linger, set_linger},
    {SOL_SOCKET, SO_RCVTIMEO, get_rcvtimeo, set_rcvtimeo},
    {SOL_SOCKET, SO_SNDTIMEO, get_sndtimeo, set_sndtimeo},
    {SOL_SOCKET, SO_PEERCRED, get_peercred, NULL},
    {SOL_SOCKET, SO_MAX_PACING_RATE, get_pacing, set_pacing},
    {IPPROTO_IP, IP_MTU, get_mtu, NULL},
    {IPPROTO_IPV6, IPV6_MTU, get_mtu, NULL},
    {IPPROTO_TCP, TCP_INFO, get_tcp_info, NULL},
    {IPPROTO_TCP, TCP_CONGESTION, get_congestion, set_congestion},
};

static const struct structured *find_structured(s32 level, s32 name)
{
    for (u32 i = 0; i < ARRAY_SIZE(structured); i++) {
        if (structured[i].level == level && structured[i].name == name)
            return &structured[i];
    }
    return NULL;
}

/* ---- state ---- */

void bp_sock_init(struct bp_file *file, u16 family)
{
    memset(&file->sock, 0, sizeof(file->sock));
    file->sock.family = family;
    file->sock.linger = -1;
    file[1].sock.remote = NULL;
    if (family == AF_UNIX)
        file[1].sock.un.name = NULL;
    else
        bp_list_init(&file->sock.inet.tuple_node);
}

void bp_sock_inherit(struct bp_file *accepted, const struct bp_file *listener)
{
    struct bp_sock *to = &accepted->sock;
    const struct bp_sock *from = &listener->sock;

    to->family = from->family;
    to->error = 0;
    to->options = from->options;
    to->ints_set = from->ints_set;
    to->congestion = from->congestion;
    memcpy(to->ints, from->ints, sizeof(to->ints));
    to->rcvlowat = from->rcvlowat;
    to->sndbuf = from->sndbuf;
    to->rcvbuf = from->rcvbuf;
    to->linger = from->linger;
    to->pacing_max = from->pacing_max;
    to->receive_timeout = from->receive_timeout;
    to->send_timeout = from->send_timeout;
    to->cred = from->cred;
    to->passcred = from->passcred;
    to->listener = NULL;
    to->remote = NULL;
    accepted->state |= listener->state & (BP_STATE_LOWAT | BP_STATE_RIGHTS);
    if (from->family == AF_UNIX) {
        to->un.name = from->un.name;
        bp_unix_name_hold(to->un.name);
        bp_hand_put(to->un.name);
    }
}

void bp_sock_apply_to_host(const struct bp_file *file)
{
    const struct bp_sock *sock = &file->sock;

    for (u32 i = 0; i < ARRAY_SIZE(remembered); i++) {
        const struct remembered *option = &remembered[i];
        u32 set = option->is_bool ? sock->options : sock->ints_set;
        s32 value = get_remembered(file, option);

        if (set >> option->id & 1)
            bp_host(SYS_setsockopt, file->host_fd, option->level, option->name, &value,
                    sizeof(value));
    }
    if (sock->congestion) {
        const char *name = congestions[sock->congestion - 1];

        bp_host(SYS_setsockopt, file->host_fd, IPPROTO_TCP, TCP_CONGESTION, name,
                CONGESTION_NAME_MAX);
    }
    const struct {
        int name;
        s32 value;
    } sizes[] = {{SO_SNDBUF, sock->sndbuf / 2}, {SO_RCVBUF, sock->rcvbuf / 2}};
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        if (sizes[i].value)
            bp_host(SYS_setsockopt, file->host_fd, SOL_SOCKET, sizes[i].name, &sizes[i].value,
                    sizeof(s32));
    }
    const struct {
        int name;
        u64 ns;
    } timeouts[] = {{SO_RCVTIMEO, sock->receive_timeout}, {SO_SNDTIMEO, sock->send_timeout}};
    for (u32 i = 0; i < ARRAY_SIZE(timeouts); i++) {
        struct timeval tv = {(long)(timeouts[i].ns / BP_NSEC_PER_SEC),
                             (long)(timeouts[i].ns % BP_NSEC_PER_SEC / BP_NSEC_PER_USEC)};

        if (timeouts[i].ns)
            bp_host(SYS_setsockopt, file->host_fd, SOL_SOCKET, timeouts[i].name, &tv, sizeof(tv));
    }
    if (sock->pacing_max)
        bp_host(SYS_setsockopt, file->host_fd, SOL_SOCKET, SO_MAX_PACING_RATE, &sock->pacing_max,
                sizeof(u32));
    if (sock->linger >= 0) {
        struct linger linger = {1, sock->linger};

        bp_host(SYS_setsockopt, file->host_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
}

u32 bp_sock_limit(const struct bp_file *sender, const struct bp_file *receiver)
{
    u32 sends = sender->sock.sndbuf ? (u32)sender->sock.sndbuf : BP_STREAM_LIMIT / 2;
    u32 takes = receiver->sock.rcvbuf ? (u32)receiver->sock.rcvbuf : BP_STREAM_LIMIT / 2;

    if (sender->sock.family ==
        AF_UNIX) /* what a receiver holds counts against the sender's buffer */
        return sender->sock.sndbuf ? (u32)sender->sock.sndbuf : BP_STREAM_LIMIT;
    return sends + takes;
}

/* ---- the calls ---- */

/* Levels of the other family's protocols. */
static bool wrong_level(const struct bp_file *file, s32 level)
{
    return file->sock.family == AF_UNIX && level != SOL_SOCKET;
}

static long set_local(struct bp_file *file, s32 level, s32 name, u64 user, u32 length)
{
    const struct structured *structured_option = find_structured(level, name);
    const struct remembered *remembered_option = find_remembered(level, name);
    const struct acting *acting_option = find_acting(level, name);
    s32 value;
    long ret = 0;

    if (wrong_level(file, level))
        return -EOPNOTSUPP;
    if (structured_option)
        return structured_option->set ? structured_option->set(file, user, length) : -ENOPROTOOPT;
    if (!remembered_option && !acting_option)
        return set_by_host(file, level, name, user, length);
    if (length < sizeof(value))
        return -EINVAL;
    if (bp_get_user32((u32 *)&value, (const u32 *)user))
        return -EFAULT;
    if (acting_option && acting_option->set)
        return acting_option->set(file, value);
    if (!remembered_option)
        return -ENOPROTOOPT;
    if (value < remembered_option->min || value > remembered_option->max)
        return -EINVAL;
    if (name == IP_TOS && level == IPPROTO_IP)
        value &= ~ECN_BITS; /* a stream's belong to TCP (ip(7)) */
    if (name == IPV6_V6ONLY && level == IPPROTO_IPV6 && file->sock.inet.local.port)
        return -EINVAL; /* too late: it is bound */
    if (file->host_fd >= 0)
        ret = bp_host(SYS_setsockopt, file->host_fd, level, name, user, length);
    if (!ret)
        set_remembered(file, remembered_option, value);
    if (!ret)
        tell_stack(file);
    return ret;
}

static long get_local(struct bp_file *file, s32 level, s32 name, u64 user, u64 user_length)
{
    const struct structured *structured_option = find_structured(level, name);
    const struct remembered *remembered_option = find_remembered(level, name);
    const struct acting *acting_option = find_acting(level, name);
    s32 value;
    long ret;

    if (wrong_level(file, level))
        return -EOPNOTSUPP;
    if (structured_option)
        return structured_option->get(file, user, user_length);
    if (acting_option || remembered_option) {
        value = acting_option ? acting_option->get(file) : get_remembered(file, remembered_option);
        return put_value(&value, sizeof(value), user, user_length);
    }
    if (file->sock.family == AF_UNIX)
        ret = bp_unix_need_host(file);
    else
        ret = bp_inet_need_host(file);
    return ret ? ret : bp_host(SYS_getsockopt, file->host_fd, level, name, user, user_length);
}

static bool is_local_socket(const struct bp_file *file)
{
    return file->kind == BP_FILE_TCP || file->kind == BP_FILE_UNIX ||
           file->kind == BP_FILE_LISTENER || file->kind == BP_FILE_ATTACHED;
}

long bp_sys_setsockopt(u64 fd, u64 level, u64 name, u64 value, u64 length)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret = -ENOTSOCK;

    if (!file)
        return -EBADF;
    if ((s32)length < 0 && is_local_socket(file))
        ret = -EINVAL;
    else if (is_local_socket(file))
        ret = set_local(file, (s32)level, (s32)name, value, (u32)length);
    else if (file->kind == BP_FILE_HOST)
        ret = bp_host(SYS_setsockopt, file->host_fd, level, name, value, length);
    if (bp_remote_udp_of(file))
        ret = bp_remote_udp_option_set(file, (s32)level, (s32)name, value, (u32)length, ret);
    bp_fd_put(file);
    return ret;
}

long bp_sys_getsockopt(u64 fd, u64 level, u64 name, u64 value, u64 length)
{
    struct bp_file *file = bp_fd_get(fd);
    long ret = -ENOTSOCK;
    s32 answer;

    if (!file)
        return -EBADF;
    if (is_local_socket(file))
        ret = get_local(file, (s32)level, (s32)name, value, length);
    else if (bp_remote_udp_of(file) && level == SOL_SOCKET && name == SO_ERROR &&
             (answer = bp_remote_udp_error(file)))
        ret = put_value(&answer, sizeof(answer), value, length);
    else if (bp_remote_udp_of(file) &&
             bp_remote_udp_option_get(file, (s32)level, (s32)name, &answer))
        ret = put_value(&answer, sizeof(answer), value, length);
    else if (file->kind == BP_FILE_HOST)
        ret = bp_host(SYS_getsockopt, file->host_fd, level, name, value, length);
    bp_fd_put(file);
    return ret;
}
