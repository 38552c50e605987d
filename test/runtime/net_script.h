/*
 * Packet scripts in the manner of packetdrill: one stack, and a peer that is the script. A script
 * is an array of lines; each may begin with `+N`: N milliseconds later, during which nothing may be
 * sent unexpectedly.
 *
 *     < FLAGS SEQ:END [ack N] [win N] [options]   the peer sends
 *     << FLAGS SEQ:END ...                        the same, as part of a burst, which `settle` ends
 *     > FLAGS SEQ:END [ack N] [win N] [options]   the stack sends this now, next, and nothing
 * before send N, more N, shutdown, close, abort, consume N, ...   the user's calls, see `actions`
 *     state NAME, error N, acked N, ...                        what is so now, see `facts`
 *
 * FLAGS are letters of FSRPAUEC. Numbers of each side count from its SYN. Options: `mss N`, `ws N`,
 * `sackok`, `ts VALUE ECHO`, `sack A:B,C:D`, `ce` (marked), `ect`, `urg N` (the pointer), `seg N`
 * (the device is to cut it at so many bytes), `junk A:B` (bytes that are not the stream's). In `>`
 * lines, what is not named is not looked at, but for SACK blocks. Once time stamps are agreed on,
 * `<` lines carry them by themselves unless they say `ts` or `nots`.
 */
#ifndef TEST_RUNTIME_NET_SCRIPT_H
#define TEST_RUNTIME_NET_SCRIPT_H

#include "check.h"
#include "net_pair.h"

#include <linux/tcp.h>

enum {
    SCRIPT_OUT = 256, /* segments sent and not yet looked at */
    SCRIPT_PORT = 80,
    SCRIPT_PEER_PORT = 5000,
};

struct script_out {
    u64 at;
    struct bp_tcp_segment segment;
    u32 cut; /* at so many bytes by the device; 0: not */
    u8 tos;
};

struct script {
    struct pair pair; /* for pair_random only */
    struct pair_host *host;
    struct stream user;
    struct acceptor acceptor;
    struct bp_tcp_options options;
    struct bp_ip_addr peer;
    struct script_out out[SCRIPT_OUT];
    u32 outs, looked;
    u32 iss;        /* ours */
    u32 peer_iss;   /* the peer's */
    u32 ts_ours;    /* latest time stamp seen of ours */
    u16 local_port; /* of the connection */
    u16 peer_port;
    u64 now;
    bool have_iss, timestamps;
    const char *line; /* being run */
    const char *why;  /* the first failure */
    char detail[256];
};

static struct script script;

__attribute__((format(printf, 1, 2))) static inline bool script_fail(const char *fmt, ...)
{
    va_list args;

    if (script.why)
        return false;
    script.why = script.line;
    va_start(args, fmt);
    vsnprintf(script.detail, sizeof(script.detail), fmt, args);
    va_end(args);
    return false;
}

/* ---- The wire ---------------------------------------------------------------------------- */

static inline void script_output(void *wire, struct bp_packet *packet, const struct bp_tcp_key *key,
                                 const struct bp_tcp_path *path)
{
    struct script_out *out = &script.out[script.outs];
    bool syn;

    (void)wire, (void)key;
    if (script.outs < SCRIPT_OUT &&
        bp_tcp_segment_parse(&out->segment, bp_packet_data(packet), packet->len, packet->total)) {
        out->at = script.now;
        out->tos = path->tos;
        out->cut = packet->flags & BP_PACKET_SEGMENT ? packet->mss : 0;
        syn = out->segment.flags & BP_TCP_SYN;
        if (syn)
            script.iss = out->segment.seq;
        if (!script.have_iss) {
            script.have_iss = true;
            script.local_port = out->segment.source;
            script.peer_port = out->segment.destination;
        }
        script.ts_ours = out->segment.ts_value;
        script.outs++;
    }
    pair_packet_free(NULL, packet);
}

static const struct bp_tcp_wire_ops script_wire_ops = {
    .alloc = pair_alloc,
    .free = pair_packet_free,
    .output = script_output,
    .full = pair_full,
    .route = pair_route,
    .port_usable = pair_port_usable,
};

static inline void script_flush(void)
{
    bp_tcp_advance(&script.host->tcp, script.now);
    bp_tcp_flush(&script.host->tcp);
}

static inline void script_run_until(u64 until)
{
    u64 next;

    script_flush();
    while ((next = bp_tcp_next(&script.host->tcp)) <= until) {
        script.now = next > script.now ? next : script.now + 1;
        script_flush();
    }
    if (script.now < until)
        script.now = until;
    script_flush();
}

/* ---- Segments ---------------------------------------------------------------------------- */

static const char *const script_flag_letters = "FSRPAUEC";

static inline u8 script_flags(const char *word)
{
    u8 flags = 0;

    for (; *word; word++)
        if (strchr(script_flag_letters, *word))
            flags |= (u8)(1 << (strchr(script_flag_letters, *word) - script_flag_letters));
    return flags;
}

static inline const char *script_describe(const struct bp_tcp_segment *segment)
{
    static char text[200];
    int at = 0;

    for (int i = 0; i < 8; i++)
        if (segment->flags & 1 << i)
            text[at++] = script_flag_letters[i];
    at += snprintf(text + at, sizeof(text) - (size_t)at, " %u:%u ack %u win %u",
                   segment->seq - script.iss, segment->seq - script.iss + segment->len,
                   segment->ack - script.peer_iss, segment->window);
    for (int i = 0; i < segment->sacks; i++)
        at += snprintf(text + at, sizeof(text) - (size_t)at, " sack %u:%u",
                       segment->sack[i].start - script.peer_iss,
                       segment->sack[i].end - script.peer_iss);
    return text;
}

/* What a line says of a segment; `named`: which of the optional things. */
struct script_segment {
    struct bp_tcp_segment segment;
    bool ack, win, mss, ws, ts, nots, sackok, ect, ce, urg;
    u32 seg, junk_from, junk_to;
};

static inline void script_parse_sacks(struct bp_tcp_segment *segment, char *word)
{
    for (char *part = word; part && *part && segment->sacks < BP_TCP_SACK_BLOCKS;) {
        struct bp_tcp_range *range = &segment->sack[segment->sacks++];

        range->start = (u32)strtoul(part, &part, 10);
        range->end = (u32)strtoul(part + 1, &part, 10);
        part += *part == ',';
    }
}

static inline struct script_segment script_parse(char *words)
{
    struct script_segment line = {.segment.window = 65535};
    struct bp_tcp_segment *segment = &line.segment;
    char *save = NULL, *word = strtok_r(words, " ", &save), *end;

    segment->flags = script_flags(word);
    word = strtok_r(NULL, " ", &save);
    segment->seq = (u32)strtoul(word, &end, 10);
    segment->len = (u32)strtoul(end + 1, NULL, 10) - segment->seq;
    while ((word = strtok_r(NULL, " ", &save))) {
        char *value = strcmp(word, "sackok") && strcmp(word, "nots") && strcmp(word, "ect") &&
                              strcmp(word, "ce")
                          ? strtok_r(NULL, " ", &save)
                          : NULL;
        u32 number = value ? (u32)strtoul(value, NULL, 10) : 0;

        if (!strcmp(word, "ack"))
            line.ack = true, segment->ack = number;
        else if (!strcmp(word, "win"))
            line.win = true, segment->window = number;
        else if (!strcmp(word, "mss"))
            line.mss = true, segment->mss = (u16)number, segment->options |= BP_TCP_HAS_MSS;
        else if (!strcmp(word, "ws"))
            line.ws = true, segment->wscale = (u8)number, segment->options |= BP_TCP_HAS_WSCALE;
        else if (!strcmp(word, "sackok"))
            line.sackok = true, segment->options |= BP_TCP_HAS_SACK_OK;
        else if (!strcmp(word, "sack"))
            script_parse_sacks(segment, value);
        else if (!strcmp(word, "ts"))
            line.ts = true, segment->options |= BP_TCP_HAS_TIMESTAMPS, segment->ts_value = number,
            segment->ts_echo = (u32)strtoul(strtok_r(NULL, " ", &save), NULL, 10);
        else if (!strcmp(word, "urg"))
            line.urg = true, segment->urgent = (u16)number;
        else if (!strcmp(word, "junk"))
            line.junk_from = number, line.junk_to = (u32)strtoul(strchr(value, ':') + 1, NULL, 10);
        else if (!strcmp(word, "seg"))
            line.seg = number;
        else if (!strcmp(word, "nots"))
            line.nots = true;
        else if (!strcmp(word, "ect"))
            line.ect = true;
        else if (!strcmp(word, "ce"))
            line.ce = true;
        else
            script_fail("unknown word '%s'", word);
    }
    return line;
}

static inline void script_timestamps(struct script_segment *line)
{
    struct bp_tcp_segment *segment = &line->segment;

    if (segment->flags & BP_TCP_SYN)
        script.timestamps = line->ts;
    if (script.timestamps && !line->nots) {
        segment->options |= BP_TCP_HAS_TIMESTAMPS;
        if (!line->ts) {
            segment->ts_value = (u32)(script.now / PAIR_MS);
            segment->ts_echo = script.ts_ours;
        }
    }
}

static inline void script_inject(char *words, bool burst)
{
    struct script_segment line = script_parse(words);
    struct bp_tcp_segment *segment = &line.segment;
    struct bp_packet *packet = pair_packet();
    u32 first = segment->seq - 1, header;

    script_timestamps(&line);
    segment->source = script.peer_port;
    segment->destination = script.local_port;
    segment->seq += script.peer_iss;
    segment->ack += script.iss;
    for (u32 i = 0; i < segment->sacks; i++) {
        segment->sack[i].start += script.iss;
        segment->sack[i].end += script.iss;
    }
    header = bp_tcp_segment_header_len(segment);
    for (u32 i = 0; i < segment->len; i++)
        bp_packet_data(packet)[header + i] =
            stream_byte(~script.user.seed, first + i) ^
            (first + i + 1 - line.junk_from < line.junk_to - line.junk_from ? 0xff : 0);
    bp_tcp_segment_build(segment, bp_packet_data(packet));
    packet->len = (u16)(header + segment->len);
    packet->total = packet->len;
    (burst ? bp_tcp_input_burst : bp_tcp_input)(&script.host->tcp, packet, &script.peer,
                                                &script.host->addr, line.ce ? 3 : 0);
    if (!burst)
        script_flush();
}

static inline bool script_same_sacks(const struct bp_tcp_segment *want,
                                     const struct bp_tcp_segment *got)
{
    if (want->sacks != got->sacks)
        return false;
    for (u32 i = 0; i < want->sacks; i++)
        if (want->sack[i].start != got->sack[i].start - script.peer_iss ||
            want->sack[i].end != got->sack[i].end - script.peer_iss)
            return false;
    return true;
}

static inline bool script_expect(char *words)
{
    struct script_segment line = script_parse(words);
    const struct bp_tcp_segment *want = &line.segment;

    if (script.looked == script.outs)
        return script_fail("nothing was sent");
    const struct script_out *out = &script.out[script.looked++];
    const struct bp_tcp_segment *got = &out->segment;

    if (got->flags != want->flags || got->len != want->len || got->seq - script.iss != want->seq)
        return script_fail("got %s", script_describe(got));
    if ((line.ack && got->ack - script.peer_iss != want->ack) ||
        (line.win && got->window != want->window) || (line.mss && got->mss != want->mss) ||
        (line.ws && got->wscale != want->wscale) || !script_same_sacks(want, got))
        return script_fail("got %s mss %u ws %u", script_describe(got), got->mss, got->wscale);
    if ((line.ts && got->ts_echo != want->ts_echo) ||
        (line.ts && !(got->options & BP_TCP_HAS_TIMESTAMPS)) ||
        (line.nots && (got->options & BP_TCP_HAS_TIMESTAMPS)) ||
        (line.sackok && !(got->options & BP_TCP_HAS_SACK_OK)))
        return script_fail("options differ: %s ts %u %u", script_describe(got), got->ts_value,
                           got->ts_echo);
    if (line.seg != out->cut)
        return script_fail("the device cuts at %u", out->cut);
    if (line.urg && got->urgent != want->urgent)
        return script_fail("urgent pointer is %u", got->urgent);
    if (line.ect && (out->tos & 3) != 2)
        return script_fail("not marked ECN-capable");
    return true;
}

/* ---- What the user does ------------------------------------------------------------------ */

static inline void script_listen(u32 backlog)
{
    struct bp_ip_addr any = BP_IP_ANY4;

    script.local_port = SCRIPT_PORT;
    script.peer_port = SCRIPT_PEER_PORT;
    script.have_iss = true;
    script.acceptor = (struct acceptor){.streams = &script.user, .capacity = 1};
    bp_tcp_listen(&script.host->tcp, &script.acceptor.listener, &any, SCRIPT_PORT, backlog,
                  &script.options, &acceptor_ops, &script.acceptor);
}

static inline void script_connect(u32 port)
{
    struct bp_tcp_key key = {.local = BP_IP_ANY4,
                             .remote = script.peer,
                             .remote_port = SCRIPT_PEER_PORT,
                             .local_port = (u16)port};

    if (bp_tcp_connect(&script.host->tcp, &key, &script.options, &stream_ops, &script.user,
                       &script.user.flow))
        script_fail("connect failed");
}

static inline void script_send(u32 bytes)
{
    script.user.queued += bytes;
    script.user.total = script.user.queued;
    bp_tcp_send_ready(script.user.flow, bytes, false);
}

static inline void script_more(u32 bytes)
{
    script.user.queued += bytes;
    script.user.total = script.user.queued;
    bp_tcp_send_ready(script.user.flow, bytes, true);
}

static inline void script_send_urgent(u32 bytes)
{
    bp_tcp_urgent(script.user.flow, bytes);
    script_send(bytes);
}

static inline void script_options_changed(void)
{
    if (script.user.flow)
        bp_tcp_set_options(script.user.flow, &script.options);
}

/* Sets a member of the options to the line's number. */
#define SCRIPT_OPTION(name)                          \
    static inline void script_set_##name(u32 number) \
    {                                                \
        script.options.name = (u8)number;            \
        script_options_changed();                    \
    }
SCRIPT_OPTION(nodelay)
SCRIPT_OPTION(cork)
SCRIPT_OPTION(keepalive)
SCRIPT_OPTION(keep_idle_s)
SCRIPT_OPTION(keep_interval_s)
SCRIPT_OPTION(keep_count)
SCRIPT_OPTION(defer_accept_s)
SCRIPT_OPTION(congestion)

static inline void script_set_linger2_s(u32 seconds)
{
    script.options.linger2_s = (s32)seconds;
    script_options_changed();
}

static inline void script_user_timeout(u32 ms)
{
    script.options.user_timeout_ms = ms;
    script_options_changed();
}

static inline void script_pacing_max(u32 bytes_per_s)
{
    script.options.pacing_max = bytes_per_s;
    script_options_changed();
}

static inline void script_window_clamp(u32 bytes)
{
    script.options.window_clamp = bytes;
    script_options_changed();
}

static inline void script_max_segment(u32 bytes)
{
    script.options.max_segment = (u16)bytes;
    script_options_changed();
}

static inline void script_window(u32 bytes)
{
    script.user.window = bytes;
}

static inline void script_slow(u32 on)
{
    script.user.slow_reader = on;
}

static inline void script_consume(u32 bytes)
{
    stream_consume(&script.user, bytes);
}

static inline void script_shutdown(u32 none)
{
    (void)none;
    bp_tcp_shutdown_write(script.user.flow);
}

static inline void script_close(u32 none)
{
    (void)none;
    bp_tcp_close(script.user.flow);
}

static inline void script_abort(u32 none)
{
    (void)none;
    bp_tcp_abort(script.user.flow);
}

static inline void script_settle(u32 none)
{
    (void)none;
    bp_tcp_settle(&script.host->tcp);
}

static inline void script_full(u32 on)
{
    script.acceptor.full = on;
}

static inline void script_reject(u32 on)
{
    script.acceptor.reject = on;
}

static inline void script_quickack(u32 on)
{
    bp_tcp_quickack(script.user.flow, on);
}

static inline void script_ecn(u32 on)
{
    script.host->tcp.config.ecn = on;
}

static inline void script_mtu(u32 mtu)
{
    script.host->mtu = (u16)mtu;
}

static inline void script_peer_iss(u32 iss)
{
    script.peer_iss = iss;
}

static inline void script_from_port(u32 port)
{
    script.peer_port = (u16)port;
}

static inline void script_requests_max(u32 max)
{
    script.host->tcp.config.requests_max = max;
}

static inline void script_cookies(u32 on)
{
    script.host->tcp.config.syn_cookies = on;
}

static inline void script_memory(u32 more)
{
    pair_objects_max = pair_objects + (s32)more;
}

static inline void script_packets(u32 on)
{
    script.host->no_packets = !on;
}

static inline void script_reassembly_total(u32 max)
{
    script.host->tcp.config.reassembly_total = max;
}

static inline void script_few_packets(u32 left)
{
    script.host->few_packets = left + 1;
}

static inline void script_device_full(u32 full)
{
    script.host->full = full;
}

static inline void script_offloads(u32 offloads)
{
    script.host->offloads = offloads;
}

static inline void script_reassembly_packets(u32 max)
{
    script.host->tcp.config.reassembly_packets = (u16)max;
}

/* The beginning of the segment with this number of ours, as a router quotes it. */
static inline const u8 *script_quote(u32 seq)
{
    static u8 header[8];
    u32 number = seq + script.iss;

    for (int i = 0; i < 2; i++) {
        header[i] = (u8)(script.local_port >> (8 - 8 * i));
        header[2 + i] = (u8)(script.peer_port >> (8 - 8 * i));
    }
    for (int i = 0; i < 4; i++)
        header[4 + i] = (u8)(number >> (24 - 8 * i));
    return header;
}

/* About the segment that begins with 1; its MTU. */
static inline void script_too_big(u32 mtu)
{
    bp_tcp_too_big(&script.host->tcp, &script.host->addr, &script.peer, script_quote(1), mtu);
}

static inline void script_forged_too_big(u32 mtu)
{
    bp_tcp_too_big(&script.host->tcp, &script.host->addr, &script.peer, script_quote(0x40000000),
                   mtu);
}

/* About the segment with this number: EHOSTUNREACH. */
static inline void script_unreachable(u32 seq)
{
    bp_tcp_unreachable(&script.host->tcp, &script.host->addr, &script.peer, script_quote(seq), 113);
}

static const struct {
    const char *name;
    void (*run)(u32 number);
} actions[] = {
    {"listen", script_listen},
    {"connect", script_connect},
    {"send", script_send},
    {"send_urgent", script_send_urgent},
    {"more", script_more},
    {"consume", script_consume},
    {"shutdown", script_shutdown},
    {"close", script_close},
    {"abort", script_abort},
    {"nodelay", script_set_nodelay},
    {"cork", script_set_cork},
    {"keepalive", script_set_keepalive},
    {"keep_idle", script_set_keep_idle_s},
    {"keep_interval", script_set_keep_interval_s},
    {"keep_count", script_set_keep_count},
    {"linger2", script_set_linger2_s},
    {"defer_accept", script_set_defer_accept_s},
    {"congestion", script_set_congestion},
    {"user_timeout", script_user_timeout},
    {"max_segment", script_max_segment},
    {"window_clamp", script_window_clamp},
    {"pacing_max", script_pacing_max},
    {"quickack", script_quickack},
    {"window", script_window},
    {"slow", script_slow},
    {"settle", script_settle},
    {"full", script_full},
    {"reject", script_reject},
    {"ecn", script_ecn},
    {"mtu", script_mtu},
    {"peer_iss", script_peer_iss},
    {"from_port", script_from_port},
    {"requests_max", script_requests_max},
    {"cookies", script_cookies},
    {"memory", script_memory},
    {"packets", script_packets},
    {"few_packets", script_few_packets},
    {"device_full", script_device_full},
    {"offloads", script_offloads},
    {"reassembly_packets", script_reassembly_packets},
    {"reassembly_total", script_reassembly_total},
    {"too_big", script_too_big},
    {"forged_too_big", script_forged_too_big},
    {"unreachable", script_unreachable},
};

/* ---- What is so -------------------------------------------------------------------------- */

static const char *const script_states[] = {
    [BP_TCP_ESTABLISHED] = "ESTABLISHED",
    [BP_TCP_SYN_SENT] = "SYN_SENT",
    [BP_TCP_SYN_RECEIVED] = "SYN_RECEIVED",
    [BP_TCP_FIN_WAIT1] = "FIN_WAIT1",
    [BP_TCP_FIN_WAIT2] = "FIN_WAIT2",
    [BP_TCP_TIME_WAIT] = "TIME_WAIT",
    [BP_TCP_CLOSED] = "CLOSED",
    [BP_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
    [BP_TCP_LAST_ACK] = "LAST_ACK",
    [BP_TCP_LISTEN] = "LISTEN",
    [BP_TCP_CLOSING] = "CLOSING",
};

static inline u32 fact_received(void)
{
    return (u32)script.user.received;
}

static inline u32 fact_acked(void)
{
    return (u32)script.user.acked;
}

static inline u32 fact_error(void)
{
    return (u32)script.user.error;
}

static inline u32 fact_soft_error(void)
{
    return (u32)bp_tcp_soft_error(script.user.flow);
}

static inline u32 fact_gone(void)
{
    return script.user.gone;
}

static inline u32 fact_peer_closed(void)
{
    return script.user.peer_closed;
}

static inline u32 fact_accepted(void)
{
    return script.acceptor.count;
}

static inline u32 fact_time_waits(void)
{
    return script.host->tcp.time_wait_count;
}

static inline u32 fact_requests(void)
{
    return script.host->tcp.requests;
}

static inline u32 fact_joined(void)
{
    return (u32)script.host->tcp.stats.TCPRcvCoalesce;
}

static inline u32 fact_early(void)
{
    return script.host->tcp.early;
}

static inline u32 fact_urgents(void)
{
    return script.user.urgents;
}

static inline u32 fact_urgent_at(void)
{
    return (u32)script.user.urgent_at;
}

static inline u32 fact_segs_in(void)
{
    struct tcp_info info;

    bp_tcp_info(script.user.flow, &info);
    return info.tcpi_segs_in;
}

static inline u32 fact_objects(void)
{
    return (u32)pair_objects;
}

static const struct {
    const char *name;
    u32 (*get)(void);
} facts[] = {
    {"received", fact_received}, {"acked", fact_acked},
    {"error", fact_error},       {"soft_error", fact_soft_error},
    {"gone", fact_gone},         {"peer_closed", fact_peer_closed},
    {"accepted", fact_accepted}, {"time_waits", fact_time_waits},
    {"requests", fact_requests}, {"objects", fact_objects},
    {"urgents", fact_urgents},   {"urgent_at", fact_urgent_at},
    {"early", fact_early},       {"joined", fact_joined},
    {"segs_in", fact_segs_in},
};

static inline bool script_state(const char *name)
{
    const char *is = script.user.flow ? script_states[bp_tcp_state(script.user.flow)] : "none";

    return !strcmp(is, name) || script_fail("state is %s", is);
}

/* ---- Lines ------------------------------------------------------------------------------- */

static inline bool script_quiet(void)
{
    if (script.looked == script.outs)
        return true;
    return script_fail("unexpected %s", script_describe(&script.out[script.looked].segment));
}

static inline bool script_command(char *words)
{
    char *space = strchr(words, ' ');
    const char *rest = space ? space + 1 : "1";
    u32 number = (u32)strtol(rest, NULL, 10);

    if (space)
        *space = 0;
    if (!strcmp(words, "state"))
        return script_state(rest);
    for (u32 i = 0; i < ARRAY_SIZE(facts); i++)
        if (!strcmp(words, facts[i].name)) {
            u32 is = facts[i].get();
            return is == number || script_fail("%s is %u", words, is);
        }
    for (u32 i = 0; i < ARRAY_SIZE(actions); i++)
        if (!strcmp(words, actions[i].name)) {
            actions[i].run(number);
            script_flush();
            return !script.why;
        }
    return script_fail("no such command");
}

/* Time passes in silence; an expected segment may come up to two milliseconds early or late. */
static inline bool script_wait(u32 ms, bool expects)
{
    u64 until = script.now + ms * (u64)PAIR_MS;

    if (expects && ms > 2) {
        script_run_until(until - 2 * PAIR_MS);
        if (!script_quiet())
            return false;
        for (int i = 0; i < 4 && script.looked == script.outs; i++)
            script_run_until(until - PAIR_MS + (u64)i * PAIR_MS);
        return true;
    }
    script_run_until(until);
    return expects || script_quiet();
}

static inline bool script_line(const char *text)
{
    char copy[256], *words = copy;
    u32 wait = 0;

    script.line = text;
    snprintf(copy, sizeof(copy), "%s", text);
    if (*words == '+') {
        wait = (u32)strtoul(words + 1, &words, 10);
        words += *words == ' ';
    }
    if (*words != '>' && !script_quiet())
        return false;
    if (wait && !script_wait(wait, *words == '>'))
        return false;
    if (*words == '>')
        return script_expect(words + 1);
    if (*words == '<')
        script_inject(words + 1 + (words[1] == '<'), words[1] == '<');
    else if (*words)
        return script_command(words);
    return !script.why;
}

static inline void script_begin(void)
{
    struct bp_tcp_wire_ops const *ops = &script_wire_ops;

    memset(&script, 0, sizeof(script));
    script.now = 1000000 * (u64)PAIR_MS;
    script.peer_iss = 0xfffff000; /* numbers wrap in every longer script */
    script.peer = bp_ip_from_v4(bp_be32(0x0a000009));
    script.options = bp_tcp_default_options;
    script.user = stream_of(7, 0);
    script.pair.now = script.now;
    pair_objects_max = 1 << 30;
    script.host = pair_host_new(&script.pair, 1, 65535);
    script.host->tcp.config.wire_ops = ops;
}

static inline void script_end(void)
{
    pair_objects_max = 1 << 30;
    script.host->no_packets = false;
    if (script.user.flow && !script.user.gone)
        bp_tcp_abort(script.user.flow);
    bp_tcp_fini(&script.host->tcp);
    free(script.host);
}

/* Runs a script (ends with NULL); name: what it shows, and where that is written. */
static inline void script_run(const char *name, const char *const *lines)
{
    bool good = true;

    script_begin();
    for (; good && *lines; lines++)
        good = script_line(*lines);
    if (good) {
        script.line = "end";
        good = script_quiet();
    }
    if (script.user.wrong)
        good = script_fail("wrong bytes");
    script_end();
    if (pair_packets || pair_objects)
        good = script_fail("leaked %ld packets, %ld objects", pair_packets, pair_objects);
    pair_packets = pair_objects = 0;
    if (!check(good, "%s", name))
        printf("#   at '%s': %s\n", script.why, script.detail);
}

#define SCRIPT(name, ...) script_run(name, (const char *const[]){__VA_ARGS__, NULL})

/* Connections to start from: segments of 1000 bytes, SACK unless it says plain, no time stamps. */
#define ACTIVE                                                                           \
    "connect 0", "> S 0:0", "< SA 0:0 ack 1 win 20000 mss 1000 sackok", "> A 1:1 ack 1", \
        "state ESTABLISHED"
#define PASSIVE                                                                                   \
    "listen 8", "< S 0:0 win 20000 mss 1000 sackok", "> SA 0:0 ack 1", "< A 1:1 ack 1 win 20000", \
        "state ESTABLISHED"
#define PLAIN "connect 0", "> S 0:0", "< SA 0:0 ack 1 win 20000 mss 1000", "> A 1:1 ack 1"
#define TIMED \
    "connect 0", "> S 0:0", "< SA 0:0 ack 1 win 20000 mss 1012 sackok ts 1000000 0", "> A 1:1 ack 1"

#endif
