/*
 * Two TCP stacks and a link between them, in virtual time: each end has streams whose bytes are a
 * function of their position, so that whatever arrives can be checked. The link delays, loses,
 * reorders and duplicates by a seeded generator; the same seed is the same run.
 */
#ifndef TEST_RUNTIME_NET_PAIR_H
#define TEST_RUNTIME_NET_PAIR_H

#include "nic/device.h"
#include "net/tcp.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIR_MS = 1000000, /* ns */
    PAIR_HEADROOM = 128,
    PAIR_BUFFER = 2048,
    PAIR_QUEUE = 4096, /* packets on the link, each way */
};

/* ---- Packets and objects, counted -------------------------------------------------------- */

static long pair_packets, pair_objects;
static long pair_objects_max = 1 << 30; /* beyond: out of memory */

static inline struct bp_packet *pair_packet(void)
{
    struct bp_packet *packet = malloc(sizeof(*packet) + PAIR_BUFFER);

    *packet = (struct bp_packet){.buffer = (u8 *)(packet + 1), .size = PAIR_BUFFER};
    packet->offset = PAIR_HEADROOM;
    pair_packets++;
    return packet;
}

static inline void pair_packet_free(void *wire, struct bp_packet *packet)
{
    (void)wire;
    for (struct bp_packet *next; packet; packet = next) {
        next = packet->next;
        pair_packets--;
        free(packet);
    }
}

static inline void *pair_get(void *memory, enum bp_tcp_object kind)
{
    void *object;

    (void)memory;
    if (pair_objects >= pair_objects_max)
        return NULL;
    object = malloc(bp_tcp_object_size[kind]);
    memset(object, 0x5a, bp_tcp_object_size[kind]);
    pair_objects++;
    return object;
}

static inline void pair_put(void *memory, enum bp_tcp_object kind, void *object)
{
    (void)memory, (void)kind;
    pair_objects--;
    free(object);
}

/* ---- The link ---------------------------------------------------------------------------- */

struct pair_link {
    u64 delay, jitter;   /* ns */
    u32 rate, queue;     /* from the client: bytes a millisecond (0: no limit), bytes that wait */
    u32 loss, duplicate; /* of 1000 packets */
    u32 mark;            /* of 1000: CE, when ECN-capable */
    u32 mtu;             /* 0: none; larger packets are lost and told of */
    u32 tso_mss;         /* the device cuts */
    bool (*drop)(const struct bp_packet *packet, bool from_client); /* more losses; NULL: none */
};

struct pair_flight {
    u64 at;
    u8 tos;
    struct bp_packet *packet;
};

struct pair_host;

struct pair {
    struct pair_link link;
    struct pair_host *hosts[2];
    u64 now;
    u64 random;
};

struct pair_host {
    struct bp_tcp tcp;
    struct pair *pair;
    struct pair_host *peer;
    struct bp_ip_addr addr;
    struct bp_tcp_entry *buckets[256];
    struct pair_flight queue[PAIR_QUEUE]; /* to the peer */
    u32 queued, lost, sent;
    u64 busy_until; /* the bottleneck: when it has sent what it has */
    u32 offloads;
    u16 mtu;
    bool no_route, no_packets;
    u32 few_packets; /* one more than are left; 0: no limit */
    bool full;       /* the device has no room */
    bool no_sack;    /* a middlebox takes SACK-permitted out of what we send */
};

static inline u32 pair_random(struct pair *pair, u32 below)
{
    pair->random = pair->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (u32)((pair->random >> 33) % below);
}

static inline struct bp_packet *pair_alloc(void *wire, const struct bp_ip_addr *remote)
{
    struct pair_host *host = wire;

    (void)remote;
    if (host->few_packets && !--host->few_packets) {
        host->few_packets = 1;
        return NULL;
    }
    return host->no_packets ? NULL : pair_packet();
}

/* NET_TRACE=1 in the environment: every segment on stderr. */
static inline void pair_trace(const struct pair_host *host, const struct bp_packet *packet,
                              bool lost)
{
    static const char letters[] = "FSRPAUEC";
    struct bp_tcp_segment segment;

    if (!getenv("NET_TRACE") ||
        !bp_tcp_segment_parse(&segment, bp_packet_data(packet), packet->len, packet->total))
        return;
    fprintf(stderr, "%10.3f %s ", (double)host->pair->now / PAIR_MS,
            host == host->pair->hosts[0] ? ">" : "<");
    for (u32 i = 0; i < 8; i++)
        if (segment.flags & 1 << i)
            fputc(letters[i], stderr);
    fprintf(stderr, " %u:%u ack %u win %u", segment.seq, segment.seq + segment.len, segment.ack,
            segment.window);
    for (u32 i = 0; i < segment.sacks; i++)
        fprintf(stderr, " sack %u:%u", segment.sack[i].start, segment.sack[i].end);
    fprintf(stderr, "%s\n", lost ? " LOST" : "");
}

/* When a packet has left the bottleneck; 0: its queue is full. */
static inline u64 pair_bottleneck(struct pair_host *host, u32 bytes)
{
    const struct pair_link *link = &host->pair->link;
    u64 now = host->pair->now, start = host->busy_until > now ? host->busy_until : now;

    if (!link->rate || host != host->pair->hosts[0])
        return now;
    if ((start - now) * link->rate / PAIR_MS > link->queue)
        return 0;
    host->busy_until = start + (u64)bytes * PAIR_MS / link->rate;
    return host->busy_until;
}

static inline void pair_enqueue(struct pair_host *host, struct bp_packet *packet, u8 tos)
{
    struct pair *pair = host->pair;
    const struct pair_link *link = &pair->link;
    bool lost = pair_random(pair, 1000) < link->loss ||
                (link->drop && link->drop(packet, host == pair->hosts[0])) ||
                host->queued == PAIR_QUEUE;
    u64 out = lost ? 0 : pair_bottleneck(host, packet->total);

    host->sent++;
    pair_trace(host, packet, !out);
    if (!out) {
        host->lost++;
        pair_packet_free(NULL, packet);
        return;
    }
    if ((tos & 3) == 2 && pair_random(pair, 1000) < link->mark)
        tos |= 3;
    host->queue[host->queued++] = (struct pair_flight){
        .at = out + link->delay + (link->jitter ? pair_random(pair, (u32)link->jitter) : 0),
        .packet = packet,
        .tos = tos,
    };
}

/* One flat copy of len payload bytes from `skip` on, behind the header. */
static inline struct bp_packet *pair_copy(const struct bp_packet *packet, u32 header, u32 skip,
                                          u32 len)
{
    struct bp_packet *copy = pair_packet();
    u32 done = 0;

    memcpy(bp_packet_data(copy), bp_packet_data(packet), header);
    skip += header;
    for (; packet; packet = packet->next) {
        u32 from = skip < packet->len ? skip : packet->len;
        u32 part = packet->len - from < len - done ? packet->len - from : len - done;

        memcpy(bp_packet_data(copy) + header + done, bp_packet_data(packet) + from, part);
        done += part;
        skip -= from;
    }
    copy->len = (u16)(header + done);
    copy->total = copy->len;
    return copy;
}

static inline void pair_strip_sack(struct bp_packet *packet)
{
    u8 *data = bp_packet_data(packet), header = (u8)(data[12] >> 4 << 2);

    if (!(data[13] & BP_TCP_SYN))
        return;
    for (u32 i = 20; i + 1 < header; i++)
        if (data[i] == 4 && data[i + 1] == 2)
            data[i] = data[i + 1] = 1;
}

/* What a device with TSO makes of it: as many segments as its mss asks for. */
static inline void pair_output(void *wire, struct bp_packet *packet, const struct bp_tcp_key *key,
                               const struct bp_tcp_path *path)
{
    struct pair_host *host = wire;
    u32 header = packet->l4_len, len = packet->total - header, mss = len ? len : 1;
    u32 seq = (u32)bp_packet_data(packet)[4] << 24 | bp_packet_data(packet)[5] << 16 |
              bp_packet_data(packet)[6] << 8 | bp_packet_data(packet)[7];
    u8 flags = bp_packet_data(packet)[13];

    (void)key;
    if (packet->flags & BP_PACKET_SEGMENT)
        mss = packet->mss;
    for (u32 done = 0; done == 0 || done < len; done += mss, seq += mss) {
        u32 part = len - done < mss ? len - done : mss;
        struct bp_packet *segment = pair_copy(packet, header, done, part);

        if (host->no_sack)
            pair_strip_sack(segment);
        for (int i = 0; i < 4; i++)
            bp_packet_data(segment)[4 + i] = (u8)(seq >> (24 - 8 * i));
        if (done + part < len)
            bp_packet_data(segment)[13] = flags & (u8) ~(BP_TCP_FIN | BP_TCP_PSH);
        if (pair_random(host->pair, 1000) < host->pair->link.duplicate)
            pair_enqueue(host, pair_copy(segment, header, 0, part), path->tos);
        pair_enqueue(host, segment, path->tos);
    }
    pair_packet_free(NULL, packet);
}

static inline int pair_route(void *wire, const struct bp_ip_addr *remote,
                             struct bp_tcp_route *route)
{
    struct pair_host *host = wire;

    (void)remote;
    *route =
        (struct bp_tcp_route){.local = host->addr, .mtu = host->mtu, .offloads = host->offloads};
    return host->no_route ? -101 : 0;
}

static inline bool pair_port_usable(void *wire, const struct bp_tcp_key *key)
{
    (void)wire, (void)key;
    return true;
}

static inline bool pair_full(void *wire, const struct bp_tcp_key *key)
{
    struct pair_host *host = wire;

    (void)key;
    return host->full;
}

static const struct bp_tcp_wire_ops pair_wire_ops = {
    .alloc = pair_alloc,
    .free = pair_packet_free,
    .output = pair_output,
    .full = pair_full,
    .route = pair_route,
    .port_usable = pair_port_usable,
};

static const struct bp_tcp_memory_ops pair_memory_ops = {.get = pair_get, .put = pair_put};

static inline struct pair_host *pair_host_new(struct pair *pair, u8 last, u32 window)
{
    struct pair_host *host = calloc(1, sizeof(*host));
    struct bp_tcp_config config = {
        .wire_ops = &pair_wire_ops,
        .wire = host,
        .memory_ops = &pair_memory_ops,
        .buckets = host->buckets,
        .bucket_count = ARRAY_SIZE(host->buckets),
        .requests_max = 64,
        .time_waits_max = 64,
        .receive_window_max = window,
        .reassembly_packets = 1024,
        .port_first = 32768,
        .port_last = 60999,
        .syn_cookies = true,
        .secret = {{last, 42}},
    };

    host->pair = pair;
    host->mtu = 1500;
    host->addr = bp_ip_from_v4(bp_be32(0x0a000000u | last));
    bp_tcp_init(&host->tcp, &config, pair->now);
    return host;
}

/* client is hosts[0], 10.0.0.1; server hosts[1], 10.0.0.2. */
static inline void pair_init(struct pair *pair, u64 seed, u32 window)
{
    *pair =
        (struct pair){.now = 1000 * (u64)PAIR_MS, .random = seed, .link = {.delay = 5 * PAIR_MS}};
    for (int i = 0; i < 2; i++)
        pair->hosts[i] = pair_host_new(pair, (u8)(i + 1), window);
    for (int i = 0; i < 2; i++)
        pair->hosts[i]->peer = pair->hosts[!i];
}

/* True when nothing has leaked. */
static inline bool pair_fini(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        struct pair_host *host = pair->hosts[i];

        bp_tcp_fini(&host->tcp);
        for (u32 k = 0; k < host->queued; k++)
            pair_packet_free(NULL, host->queue[k].packet);
        free(host);
    }
    return pair_packets == 0 && pair_objects == 0;
}

static inline void pair_arrivals(struct pair_host *host)
{
    u32 kept = 0, due = 0;
    struct pair_flight now[PAIR_QUEUE];

    for (u32 i = 0; i < host->queued; i++)
        if (host->queue[i].at <= host->pair->now)
            now[due++] = host->queue[i];
        else
            host->queue[kept++] = host->queue[i];
    host->queued = kept;
    for (u32 i = 0; i < due; i++)
        for (u32 k = i; k > 0 && now[k].at < now[k - 1].at; k--) {
            struct pair_flight swap = now[k];

            now[k] = now[k - 1];
            now[k - 1] = swap;
        }
    for (u32 i = 0; i < due; i++)
        bp_tcp_input_burst(&host->peer->tcp, now[i].packet, &host->addr, &host->peer->addr,
                           now[i].tos);
    bp_tcp_settle(&host->peer->tcp);
}

static inline u64 pair_next(const struct pair *pair)
{
    u64 next = UINT64_MAX;

    for (int i = 0; i < 2; i++) {
        u64 timer = bp_tcp_next(&pair->hosts[i]->tcp);

        next = timer < next ? timer : next;
        for (u32 k = 0; k < pair->hosts[i]->queued; k++)
            if (pair->hosts[i]->queue[k].at < next)
                next = pair->hosts[i]->queue[k].at;
    }
    return next;
}

/* Everything that happens up to and at this moment. */
static inline void pair_turn(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        bp_tcp_advance(&pair->hosts[i]->tcp, pair->now);
        pair_arrivals(pair->hosts[!i]);
        bp_tcp_flush(&pair->hosts[i]->tcp);
    }
}

/* Runs until nothing more is due before `until`. */
static inline void pair_run_until(struct pair *pair, u64 until)
{
    pair_turn(pair);
    for (u64 next; (next = pair_next(pair)) <= until;) {
        pair->now = next > pair->now ? next : pair->now + 1;
        pair_turn(pair);
    }
    if (pair->now < until)
        pair->now = until;
    pair_turn(pair);
}

static inline void pair_run(struct pair *pair, u64 ms)
{
    pair_run_until(pair, pair->now + ms * PAIR_MS);
}

/* ---- Streams ----------------------------------------------------------------------------- */

/* A user of one flow: sends `total` bytes, checks what it gets. */
struct stream {
    struct bp_tcp_flow *flow;
    u64 total, queued, acked; /* bytes to send; told to the stack; acknowledged */
    u64 received;
    u32 window, unread; /* receive buffer; delivered and not consumed */
    u32 send_buffer;    /* most bytes queued and not acknowledged */
    u32 seed;
    bool slow_reader; /* does not consume by itself */
    bool close_when_sent, shutdown_only;
    bool established, peer_closed, wrong, gone, refuse;
    int error;
    u32 urgents;   /* how often something urgent was announced */
    u64 urgent_at; /* of received: behind the last urgent byte */
};

static inline u8 stream_byte(u32 seed, u64 position)
{
    return (u8)((position * 2654435761u >> 7) + position + seed);
}

static inline void stream_finish(struct stream *stream)
{
    if (!stream->close_when_sent || stream->queued < stream->total || !stream->flow)
        return;
    stream->close_when_sent = false;
    if (stream->shutdown_only)
        bp_tcp_shutdown_write(stream->flow);
    else
        bp_tcp_close(stream->flow);
}

/* Queues as much as the send buffer takes. */
static inline void stream_pump(struct stream *stream)
{
    u64 room = stream->send_buffer - (stream->queued - stream->acked);
    u64 more = stream->total - stream->queued < room ? stream->total - stream->queued : room;

    if (more) {
        stream->queued += more;
        bp_tcp_send_ready(stream->flow, (u32)more, false);
    }
    stream_finish(stream);
}

static inline void stream_copy_out(void *user, u32 offset, void *dst, u32 len)
{
    struct stream *stream = user;
    u8 *to = dst;

    stream->wrong |= stream->acked + offset + len > stream->queued;
    for (u32 i = 0; i < len; i++)
        to[i] = stream_byte(stream->seed, stream->acked + offset + i);
}

static inline void stream_acked(void *user, u32 bytes)
{
    struct stream *stream = user;

    stream->acked += bytes;
    stream->wrong |= stream->acked > stream->queued;
    stream_pump(stream);
}

static inline u32 stream_deliver(void *user, const void *data, u32 len)
{
    struct stream *stream = user;
    const u8 *from = data;
    u32 room = stream->window - stream->unread;

    if (stream->refuse)
        return 0;
    len = len < room ? len : room;
    for (u32 i = 0; i < len; i++)
        stream->wrong |= from[i] != stream_byte(~stream->seed, stream->received + i);
    stream->received += len;
    if (stream->slow_reader)
        stream->unread += len;
    return len;
}

static inline void stream_urgent(void *user)
{
    ((struct stream *)user)->urgents++;
}

static inline bool stream_deliver_urgent(void *user, u8 byte, bool news)
{
    struct stream *stream = user;

    if (!stream_deliver(user, &byte, 1))
        return false;
    stream->urgents += news;
    stream->urgent_at = stream->received;
    return true;
}

static inline u32 stream_room(void *user)
{
    struct stream *stream = user;

    return stream->window - stream->unread;
}

static inline void stream_consume(struct stream *stream, u32 bytes)
{
    stream->unread -= bytes;
    bp_tcp_recv_done(stream->flow, bytes);
}

static inline void stream_established(void *user)
{
    struct stream *stream = user;

    stream->established = true;
    stream_pump(stream);
}

static inline void stream_peer_closed(void *user)
{
    ((struct stream *)user)->peer_closed = true;
}

static inline void stream_failed(void *user, int error)
{
    ((struct stream *)user)->error = error;
}

static inline void stream_gone(void *user)
{
    struct stream *stream = user;

    stream->wrong |= stream->gone;
    stream->gone = true;
    stream->flow = NULL;
}

static const struct bp_tcp_flow_ops stream_ops = {
    .copy_out = stream_copy_out,
    .acked = stream_acked,
    .deliver = stream_deliver,
    .urgent = stream_urgent,
    .deliver_urgent = stream_deliver_urgent,
    .room = stream_room,
    .established = stream_established,
    .peer_closed = stream_peer_closed,
    .failed = stream_failed,
    .gone = stream_gone,
};

static inline struct stream stream_of(u32 seed, u64 total)
{
    return (struct stream){.seed = seed, .total = total, .window = 1 << 20, .send_buffer = 1 << 20};
}

/* Accepts into `streams`, one after the other. */
struct acceptor {
    struct bp_tcp_listener listener;
    struct stream *streams;
    u32 count, capacity;
    bool full, reject, absent;
};

static inline enum bp_tcp_room acceptor_room(void *user)
{
    struct acceptor *acceptor = user;

    if (acceptor->absent)
        return BP_TCP_NOBODY;
    return acceptor->full || acceptor->count >= acceptor->capacity ? BP_TCP_FULL : BP_TCP_ROOM;
}

static inline bool acceptor_accepted(void *user, struct bp_tcp_flow *flow)
{
    struct acceptor *acceptor = user;
    struct stream *stream = &acceptor->streams[acceptor->count];

    if (acceptor->reject)
        return false;
    acceptor->count++;
    stream->flow = flow;
    bp_tcp_attach(flow, &stream_ops, stream);
    stream_established(stream);
    return true;
}

static const struct bp_tcp_listener_ops acceptor_ops = {
    .room = acceptor_room,
    .accepted = acceptor_accepted,
};

static inline int acceptor_listen(struct pair *pair, struct acceptor *acceptor,
                                  const struct bp_tcp_options *options, u32 backlog)
{
    struct bp_ip_addr any = BP_IP_ANY4;

    return bp_tcp_listen(&pair->hosts[1]->tcp, &acceptor->listener, &any, 80, backlog, options,
                         &acceptor_ops, acceptor);
}

static inline int stream_connect(struct pair *pair, struct stream *stream,
                                 const struct bp_tcp_options *options)
{
    struct bp_tcp_key key = {
        .local = BP_IP_ANY4, .remote = pair->hosts[1]->addr, .remote_port = 80};

    return bp_tcp_connect(&pair->hosts[0]->tcp, &key, options, &stream_ops, stream, &stream->flow);
}

#endif
