#include "remote/options.h"
#include "socket/sockopt.h"

#include <netinet/in.h>

/* What was set, or what is so where nothing was. */
static s32 get(const struct bp_file *file, enum bp_sock_int id, s32 initial)
{
    return file->sock.ints_set >> id & 1 ? file->sock.ints[id] : initial;
}

u32 bp_remote_notsent_lowat(const struct bp_file *file)
{
    return (u32)BP_MAX(get(file, BP_SOCK_NOTSENT_LOWAT, 0), 0);
}

void bp_remote_options(const struct bp_file *file, struct bp_tcp_options *options)
{
    const struct bp_tcp_options *initial = &bp_tcp_default_options;
    bool v6 = file->sock.family == AF_INET6 && !bp_inet_is_v4(&file->sock.inet.local);
    s32 hops = get(file, v6 ? BP_SOCK_HOPS : BP_SOCK_TTL, 0);
    s32 tos = get(file, v6 ? BP_SOCK_TCLASS : BP_SOCK_TOS, 0);

    *options = *initial;
    if (file->sock.congestion)
        options->congestion = file->sock.congestion - 1;
    options->nodelay = bp_sock_bool(file, BP_SOCK_NODELAY);
    options->cork = bp_sock_bool(file, BP_SOCK_CORK);
    options->keepalive = bp_sock_bool(file, BP_SOCK_KEEPALIVE);
    options->v6only = bp_sock_bool(file, BP_SOCK_V6ONLY);
    options->user_timeout_ms = (u32)get(file, BP_SOCK_USER_TIMEOUT, 0);
    options->window_clamp = (u32)get(file, BP_SOCK_WINDOW_CLAMP, 0);
    options->linger2_s = get(file, BP_SOCK_LINGER2, initial->linger2_s);
    options->keep_idle_s = (u16)get(file, BP_SOCK_KEEPIDLE, initial->keep_idle_s);
    options->keep_interval_s = (u16)get(file, BP_SOCK_KEEPINTVL, initial->keep_interval_s);
    options->keep_count = (u8)get(file, BP_SOCK_KEEPCNT, initial->keep_count);
    options->syn_retries = (u8)get(file, BP_SOCK_SYNCNT, initial->syn_retries);
    options->defer_accept_s = (u16)BP_MAX(get(file, BP_SOCK_DEFER_ACCEPT, 0), 0);
    options->pacing_max = file->sock.pacing_max;
    options->max_segment = (u16)get(file, BP_SOCK_MAXSEG, 0);
    options->tos = (u8)BP_MAX(tos, 0);
    options->ttl = (u8)BP_MAX(hops, 0);
}
