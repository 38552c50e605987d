/*
 * TCP (RFC 9293): segments in, segments out. One struct bp_tcp is used by one worker only, with all
 * its flows and listeners, so nothing here locks. It knows no clock: bp_tcp_advance brings the
 * time, and everything until the next one happens at that moment.
 *
 * The stack owns no stream data. What is sent stays in the user's buffer until the peer has
 * acknowledged it (copy_out fills segments from there, also when they are sent again); what
 * arrives in order is handed to the user at once (deliver). Segments out of order are kept as the
 * packets they came in, at most reassembly_packets a flow.
 *
 * A turn of the worker:
 *
 *     bp_tcp_advance(tcp, now);            timers
 *     bp_tcp_input(tcp, packet, ...);      for each packet that arrived
 *     ...                                  users run: bp_tcp_send_ready, bp_tcp_recv_done, ...
 *     bp_tcp_flush(tcp);                   acknowledgements of the whole batch leave; ends are told
 *     sleep until bp_tcp_next(tcp)
 *
 * Callbacks may call everything here but advance, input and flush.
 */
#ifndef BP_NET_TCP_H
#define BP_NET_TCP_H

#include "base/base.h"
#include "base/list.h"
#include "net/siphash.h"
#include "net/addr.h"
#include "nic/packet.h"
#include "net/tcp_segment.h"
#include "sched/wheel.h"

/* Numbers are those of Linux (tcpi_state). */
enum bp_tcp_state {
    BP_TCP_ESTABLISHED = 1,
    BP_TCP_SYN_SENT,
    BP_TCP_SYN_RECEIVED,
    BP_TCP_FIN_WAIT1,
    BP_TCP_FIN_WAIT2,
    BP_TCP_TIME_WAIT,
    BP_TCP_CLOSED,
    BP_TCP_CLOSE_WAIT,
    BP_TCP_LAST_ACK,
    BP_TCP_LISTEN,
    BP_TCP_CLOSING,
};

/* The two ends. */
struct bp_tcp_key {
    struct bp_ip_addr local, remote;
    u16 local_port, remote_port; /* host order */
    u32 zero;                    /* compared and hashed as bytes: no padding */
};

/* ---- What the stack is given ------------------------------------------------------------- */

/* What the IP header of a packet says, besides addresses. */
struct bp_tcp_path {
    u8 tos; /* DSCP and ECN bits */
    u8 ttl; /* 0: the default */
};

struct bp_tcp_route {
    struct bp_ip_addr local; /* the source address to use */
    u32 offloads;            /* enum bp_device_offloads */
    u16 mtu;                 /* bytes of an IP packet */
};

/* Towards IP. */
struct bp_tcp_wire_ops {
    /* A packet with headroom for all headers, to remote; NULL: none now. */
    struct bp_packet *(*alloc)(void *wire, const struct bp_ip_addr *remote);
    void (*free)(void *wire, struct bp_packet *packet);
    /* Takes over a packet that begins with its TCP header, checksum field zero: fills that in, puts
     * the IP header in front and sends. */
    void (*output)(void *wire, struct bp_packet *packet, const struct bp_tcp_key *key,
                   const struct bp_tcp_path *path);
    /* Whether the device on the way has no room now: what is sent waits, and a lot is lost. */
    bool (*full)(void *wire, const struct bp_tcp_key *key);
    /* 0, or -ENETUNREACH and the like. */
    int (*route)(void *wire, const struct bp_ip_addr *remote, struct bp_tcp_route *route);
    /* Whether packets of this connection come in on our queue (RSS), and no one else uses the port.
     * Asked when a port is chosen. */
    bool (*port_usable)(void *wire, const struct bp_tcp_key *key);
};

enum bp_tcp_object {
    BP_TCP_OBJECT_FLOW,
    BP_TCP_OBJECT_FLIGHT,     /* a flow with unacknowledged data has one */
    BP_TCP_OBJECT_SENT,       /* one for each burst in flight */
    BP_TCP_OBJECT_REASSEMBLY, /* a flow with segments out of order has one */
    BP_TCP_OBJECT_REQUEST,    /* a connection half open */
    BP_TCP_OBJECT_TIME_WAIT,
    BP_TCP_OBJECTS
};

/* Size of each kind of object in bytes, for the owner's pools. */
extern const u16 bp_tcp_object_size[BP_TCP_OBJECTS];

struct bp_tcp_memory_ops {
    void *(*get)(void *memory, enum bp_tcp_object kind); /* contents undefined; NULL: none left */
    void (*put)(void *memory, enum bp_tcp_object kind, void *object);
};

struct bp_tcp_config {
    const struct bp_tcp_wire_ops *wire_ops;
    void *wire;
    const struct bp_tcp_memory_ops *memory_ops;
    void *memory;
    struct bp_tcp_entry **buckets; /* of the connection table; all NULL; the caller's, stays */
    u32 bucket_count;              /* a power of two */
    u32 requests_max;              /* half-open connections, over all listeners */
    u32 time_waits_max;            /* beyond, the oldest is forgotten */
    u32 orphans_max;               /* released flows whose peers have not closed; beyond, they are
                                      reset; 0: no limit */
    u32 receive_window_max;        /* bytes; decides the window scale offered */
    u32 reassembly_packets;        /* kept out of order by one flow */
    u32 reassembly_total;          /* and by all of them; 0: no limit */
    u16 port_first, port_last;     /* ephemeral ports */
    bool syn_cookies;              /* when the request queue is full */
    bool ecn;                      /* asked for on active opens; on passive ones always granted */
    struct bp_siphash_key secret;  /* random */
};

/* ---- What a user gives ------------------------------------------------------------------- */

struct bp_tcp_flow;

/* Calls about one flow, with the user that bp_tcp_connect or bp_tcp_attach named. */
struct bp_tcp_flow_ops {
    /* Copies len bytes of the send buffer, from `offset` bytes behind the first unacknowledged one.
     * All are within what bp_tcp_send_ready announced. */
    void (*copy_out)(void *user, u32 offset, void *dst, u32 len);
    /* The first `bytes` of the send buffer have arrived and may be given up: there is room to
     * write. */
    void (*acked)(void *user, u32 bytes);
    /* The next bytes of the stream. Returns how many were taken; the rest counts as never arrived.
     * Not less than room() said last. */
    u32 (*deliver)(void *user, const void *data, u32 len);
    /* The peer has said that something urgent is on the way, and it has not come. NULL: who cares?
     */
    void (*urgent)(void *user);
    /* As deliver, for the byte that is urgent. news: `urgent` was not called. False: it was not
     * taken. NULL: it is one of many. */
    bool (*deliver_urgent)(void *user, u8 byte, bool news);
    /* How many bytes deliver would take now. */
    u32 (*room)(void *user);
    /* The connection is complete (only after bp_tcp_connect). */
    void (*established)(void *user);
    /* FIN: all of the peer's stream has been delivered. */
    void (*peer_closed)(void *user);
    /* The connection is over: ECONNREFUSED, ECONNRESET, EPIPE (reset after the peer's FIN),
     * ETIMEDOUT, EHOSTUNREACH, ... (positive). The flow stays until released. */
    void (*failed)(void *user, int error);
    /* The last call: the flow was released (bp_tcp_close, bp_tcp_abort) and now is no more. Made
     * in bp_tcp_flush. The send buffer must live until here. */
    void (*gone)(void *user);
};

/* Of a listener's accept queue. */
enum bp_tcp_room {
    BP_TCP_ROOM,
    BP_TCP_FULL,   /* a SYN is dropped; a handshake that completes waits */
    BP_TCP_NOBODY, /* who listened goes, or is not there yet: a SYN is refused */
};

struct bp_tcp_listener_ops {
    /* Asked when a SYN comes and when the handshake completes. */
    enum bp_tcp_room (*room)(void *user);
    /* A connection is complete. The user calls bp_tcp_attach and returns true; false: it is reset.
     */
    bool (*accepted)(void *user, struct bp_tcp_flow *flow);
};

enum bp_tcp_congestion {
#define BP_TCP_ALGORITHM(id, name) BP_TCP_##id,
#include "net/tcp_congestion.def"
#undef BP_TCP_ALGORITHM
    BP_TCP_CONGESTIONS
};

/* Socket options; a flow inherits its listener's. */
struct bp_tcp_options {
    u32 pacing_max;      /* SO_MAX_PACING_RATE, bytes/s; 0: none */
    u32 user_timeout_ms; /* TCP_USER_TIMEOUT; 0: by retransmissions */
    u32 window_clamp;    /* TCP_WINDOW_CLAMP; 0: none */
    s32 linger2_s;       /* TCP_LINGER2: FIN_WAIT2 after close; negative: none */
    u16 keep_idle_s, keep_interval_s;
    u16 max_segment;    /* TCP_MAXSEG; 0: by the MTU */
    u16 defer_accept_s; /* TCP_DEFER_ACCEPT */
    u8 keep_count;
    u8 syn_retries; /* TCP_SYNCNT */
    u8 congestion;  /* enum bp_tcp_congestion */
    u8 tos, ttl;    /* ttl 0: the default */
    bool nodelay : 1, cork : 1, keepalive : 1, v6only : 1;
};

extern const struct bp_tcp_options bp_tcp_default_options;

/* Caller-owned, any storage; fields are private. */
struct bp_tcp_listener {
    struct bp_list node;
    struct bp_list requests;
    struct bp_ip_addr addr; /* may be a wildcard */
    u16 port;
    u32 backlog, queued; /* requests allowed, and there are */
    const struct bp_tcp_listener_ops *ops;
    void *user;
    struct bp_tcp_options options;
};

/* ---- The stack --------------------------------------------------------------------------- */

/* Counters, named as in /proc/net/netstat and /proc/net/snmp. */
struct bp_tcp_stats {
#define BP_TCP_STAT(name) u64 name;
#include "net/tcp_stats.def"
#undef BP_TCP_STAT
};

/* Segments of one flow that wait for more of the same burst (tcp_coalesce.c). */
struct bp_tcp_collected {
    struct bp_tcp_key key;
    struct bp_tcp_segment segment;
    struct bp_packet *packet, *last; /* pieces; NULL: the slot is free */
};

enum {
    BP_TCP_COLLECTED = 8,
    BP_TCP_LISTENER_BUCKETS = 64,
    BP_TCP_PORT_COUNTERS = 64,
};

struct bp_tcp {
    struct bp_tcp_config config;
    u64 now; /* ns */
    struct bp_wheel wheel;
    struct bp_list listeners[BP_TCP_LISTENER_BUCKETS]; /* by port */
    struct bp_list time_waits;                         /* the one that ends first is first */
    struct bp_timer time_wait_timer;
    struct bp_tcp_flow *pending;                         /* have something to do in flush */
    struct bp_tcp_collected collected[BP_TCP_COLLECTED]; /* by a hash of the key */
    u32 collecting;                                      /* slots in use */
    u32 flows, requests, time_wait_count;
    u32 orphans;          /* flows that are released and not over */
    u32 early;            /* packets kept out of order, over all flows */
    u32 challenges;       /* sent in this second; RFC 5961, 7 */
    u32 challenge_second; /* which */
    u64 cookies_until;    /* ns; acknowledgements may bring back cookies before this */
    u32 port_counters[BP_TCP_PORT_COUNTERS]; /* RFC 6056, 3.3.4 */
    bool busy; /* within advance, input or flush: what users ask for waits for flush */
    struct bp_tcp_stats stats;
};

/* Takes the configuration as it is: who calls has checked it. */
void bp_tcp_init(struct bp_tcp *tcp, const struct bp_tcp_config *config, u64 now);

/* Forgets everything, without a word to peers; flows get no call but `gone`. Those that have failed
 * must have been released before. */
void bp_tcp_fini(struct bp_tcp *tcp);

/* now: CLOCK_MONOTONIC ns, never less than before. Runs timers. */
void bp_tcp_advance(struct bp_tcp *tcp, u64 now);

/* When bp_tcp_advance is due at the latest; UINT64_MAX: no timer runs. */
u64 bp_tcp_next(const struct bp_tcp *tcp);

/* Sends what input has made necessary, and tells users of ends. */
void bp_tcp_flush(struct bp_tcp *tcp);

/* Takes over a packet whose data begin with the TCP header; its IP header was good and is taken
 * off, and the TCP checksum holds. tos: of the IP header. */
void bp_tcp_input(struct bp_tcp *tcp, struct bp_packet *packet, const struct bp_ip_addr *source,
                  const struct bp_ip_addr *destination, u8 tos);

/* The same for a segment of a burst: it may wait to be joined by those that follow it, until
 * bp_tcp_settle. What leaves in between does not know of it. */
void bp_tcp_input_burst(struct bp_tcp *tcp, struct bp_packet *packet,
                        const struct bp_ip_addr *source, const struct bp_ip_addr *destination,
                        u8 tos);

/* The burst is over. bp_tcp_flush does it, too. */
void bp_tcp_settle(struct bp_tcp *tcp);

/*
 * ICMP errors about a segment of ours, of which `header` are the first 8 bytes. True: it is one
 * that is in flight, so that the message may be believed (RFC 5927). The path takes packets of
 * `mtu` bytes only (RFC 1191, 8201): what was larger is sent again.
 */
bool bp_tcp_too_big(struct bp_tcp *tcp, const struct bp_ip_addr *local,
                    const struct bp_ip_addr *remote, const u8 header[8], u32 mtu);

/* Something was unreachable; error is a positive errno. It ends a connection being opened; an open
 * one remembers it, to tell it when it times out (RFC 5461). */
bool bp_tcp_unreachable(struct bp_tcp *tcp, const struct bp_ip_addr *local,
                        const struct bp_ip_addr *remote, const u8 header[8], int error);

/* Accepts connections to addr and port, at most `backlog` of them half open. The port is fixed;
 * addr may be a wildcard. -EADDRINUSE. */
int bp_tcp_listen(struct bp_tcp *tcp, struct bp_tcp_listener *listener,
                  const struct bp_ip_addr *addr, u16 port, u32 backlog,
                  const struct bp_tcp_options *options, const struct bp_tcp_listener_ops *ops,
                  void *user);

/* Half-open connections are forgotten; flows already accepted stay. */
void bp_tcp_unlisten(struct bp_tcp *tcp, struct bp_tcp_listener *listener);

/* ---- One flow ---------------------------------------------------------------------------- */

/*
 * Opens a connection. A zero local port is chosen (RFC 6056), an unspecified local address comes
 * from the route. The flow is the caller's until bp_tcp_close or bp_tcp_abort.
 * -ENETUNREACH, -EADDRNOTAVAIL (no port left), -EADDRINUSE (there is such a connection), -ENOBUFS.
 */
int bp_tcp_connect(struct bp_tcp *tcp, const struct bp_tcp_key *key,
                   const struct bp_tcp_options *options, const struct bp_tcp_flow_ops *ops,
                   void *user, struct bp_tcp_flow **flow);

/* Names the user of an accepted flow; once, in the callback `accepted`. */
void bp_tcp_attach(struct bp_tcp_flow *flow, const struct bp_tcp_flow_ops *ops, void *user);

/* `bytes` more are in the send buffer. more: hold back a last partial segment, as MSG_MORE. */
void bp_tcp_send_ready(struct bp_tcp_flow *flow, u32 bytes, bool more);

/* Of the next bytes that bp_tcp_send_ready will tell of, the one with this number (from 1 on) is
 * urgent; no earlier one is any more. */
void bp_tcp_urgent(struct bp_tcp_flow *flow, u32 bytes);

/* The user has consumed `bytes`: room() has grown, and the peer perhaps is to know. */
void bp_tcp_recv_done(struct bp_tcp_flow *flow, u32 bytes);

/* FIN behind what is in the send buffer. */
void bp_tcp_shutdown_write(struct bp_tcp_flow *flow);

/* Releases the flow: it sends what is in the send buffer and FIN, then ends by itself. The user
 * gets copy_out, acked and then gone. With data undelivered or unread, RFC 2525 (2.17) wants
 * bp_tcp_abort. */
void bp_tcp_close(struct bp_tcp_flow *flow);

/* Releases the flow and resets the connection. The user gets gone. */
void bp_tcp_abort(struct bp_tcp_flow *flow);

const struct bp_tcp_options *bp_tcp_options(const struct bp_tcp_flow *flow);

/* Replaces all options, at once in effect. */
void bp_tcp_set_options(struct bp_tcp_flow *flow, const struct bp_tcp_options *options);

/* TCP_QUICKACK: acknowledge without delay from now on, or no longer. */
void bp_tcp_quickack(struct bp_tcp_flow *flow, bool on);

enum bp_tcp_state bp_tcp_state(const struct bp_tcp_flow *flow);
const struct bp_tcp_key *bp_tcp_key(const struct bp_tcp_flow *flow);

/* How many bytes a user does well to buffer, so that it is not what limits the flow: twice what is,
 * or comes, in flight. */
u32 bp_tcp_send_space(const struct bp_tcp_flow *flow);
u32 bp_tcp_receive_space(const struct bp_tcp_flow *flow);

/* How many bytes may be in flight: what is buffered beyond it is not sent yet. */
u32 bp_tcp_send_window(const struct bp_tcp_flow *flow);

/* An ICMP error since the last call (positive errno), or 0: SO_ERROR of a flow that goes on. */
int bp_tcp_soft_error(struct bp_tcp_flow *flow);

/* What an observer is shown of a connection. */
struct bp_tcp_sight {
    const struct bp_tcp_key *key;
    enum bp_tcp_state state;
    const struct bp_tcp_flow *flow; /* NULL: half open, or in TIME_WAIT */
    void *user;                     /* of the flow; NULL: nobody's yet, or any more */
    enum bp_tcp_congestion congestion;
};

/*
 * Calls each for connections, from place `from` (0: the first) on until `most` places and
 * connections were seen. Returns the place to go on from; 0 when that was all. Connections may come
 * and go between two calls: those that stay are seen once.
 */
u32 bp_tcp_each(const struct bp_tcp *tcp, u32 from, u32 most,
                void (*each)(const struct bp_tcp_sight *sight, void *arg), void *arg);

struct tcp_info;

/* Fills the kernel's structure (<linux/tcp.h>). */
void bp_tcp_info(const struct bp_tcp_flow *flow, struct tcp_info *info);

#endif
