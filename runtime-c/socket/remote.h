/*
 * Sockets whose peer is beyond a NIC, as the programs' side sees them: a connection is an ordinary
 * pair of stream halves (socket/file.h) of which one belongs to a program and the other, the wire
 * half, to the worker that owns the flow. What a program writes lies in the wire half's FIFO until
 * the peer has acknowledged it; what arrives goes into the program's. So reading, writing, polling,
 * passing and inheriting such a socket is that of a local one, in every process of the runtime.
 *
 * Everything else is asked of the owner, by putting an item into its inbox in the arena. The owner
 * takes it in its own context (remote/), where alone the stack may run.
 */
#ifndef BP_SOCKET_REMOTE_H
#define BP_SOCKET_REMOTE_H

#include "net/addr.h"
#include "socket/file.h"
#include "socket/watch.h"

struct bp_tcp_flow;

enum bp_remote_kind {
    BP_REMOTE_FLOW, /* struct bp_remote: something may have changed on the program's half */
    BP_REMOTE_CALL, /* struct bp_remote_call */
    BP_REMOTE_UDP,  /* struct bp_remote_udp: datagrams to be sent, or its end */
    BP_REMOTE_KINDS
};

/* What lies in an inbox. Linked into one of them at most once. */
struct bp_remote_item {
    struct bp_list node;
    u32 kind;  /* enum bp_remote_kind */
    u32 owner; /* worker */
};

/* A connection. Arena; made and freed by its owner. */
struct bp_remote {
    struct bp_remote_item item;
    struct bp_watch watch; /* on the wire half: tells the owner */
    struct bp_file *wire;
    /* The owner's alone. */
    struct bp_tcp_flow *flow;
    struct bp_chunk
        *cursor;   /* of the wire half's FIFO: where bytes were last copied out, or NULL */
    u32 cursor_at; /* position in the stream of the cursor's first byte */
    u32 announced; /* position in the stream up to which the flow knows of bytes */
    bool established, fin, released;
    s32 error; /* why the connection was never made; told when the flow is gone */
};

/* What a program wants of the stack, by a call that waits for the answer. */
enum bp_remote_op {
    BP_REMOTE_CONNECT,        /* file: fresh, its second half names the target */
    BP_REMOTE_LISTEN,         /* addr, port, backlog; file: whose options count */
    BP_REMOTE_LISTEN_OPTIONS, /* addr, port; file: its options have changed */
    BP_REMOTE_UNLISTEN,       /* addr, port; nobody waits */
    BP_REMOTE_OPTIONS,        /* file: its options have changed */
    BP_REMOTE_INFO,           /* file: fills in info */
    BP_REMOTE_UDP_BIND,       /* udp: to udp->local */
    BP_REMOTE_UDP_CONNECT,    /* udp: to udp->peer */
    BP_REMOTE_JOIN,           /* udp: the group addr, at the interface of the own address `at` */
    BP_REMOTE_LEAVE,
    BP_REMOTE_OPS
};

enum {
    BP_REMOTE_INFO_BYTES = 256, /* struct tcp_info */
};

struct bp_remote_call {
    struct bp_remote_item item;
    u32 op;        /* enum bp_remote_op */
    u32 done;      /* the answer is there */
    bp_ref caller; /* BP_NO_REF: nobody waits, and the owner frees it */
    u32 place;     /* of the caller's process; 0: nobody waits, or it outlives the call */
    long result;
    struct bp_file *file;
    struct bp_remote_udp *udp;
    struct bp_ip_addr addr, at;
    u16 port;
    bool v6only;
    u32 backlog;
    u8 info[BP_REMOTE_INFO_BYTES];
};

/* ---- for the programs' side ---- */

/* Makes the inboxes. Once, in the launcher, before workers run. Returns 0 or -ENOMEM. */
int bp_remote_init(void);

/* True for a program's half of a connection over a NIC. */
BP_INLINE bool bp_remote_is(const struct bp_file *file)
{
    return BP_HAS_NIC && file->peer && file->peer->sock.remote;
}

/* True for the addresses of NICs. */
bool bp_remote_is_own(const struct bp_inet_addr *addr);

/* True when the way to addr, which is not the host's own, leads over a NIC. from: the address that
 * the socket is bound to, which must be a NIC's or none. */
bool bp_remote_reaches(const struct bp_inet_addr *addr, const struct bp_inet_addr *from);

/* connect(2): 0 when it has begun (the state says how it ends), or negative errno. */
long bp_remote_connect(struct bp_file *file, const struct bp_inet_addr *target);

/* The program gives up a connection that is not made yet. */
void bp_remote_abandon(struct bp_file *file);

/* Listens for connections to an address of NICs or a wildcard, on all owners. Returns 0 or negative
 * errno. */
long bp_remote_listen(struct bp_file *file, u32 backlog);
void bp_remote_unlisten(struct bp_file *file);

/* The program's options have changed: the flow, or what is half open, is to obey them. */
void bp_remote_options_changed(struct bp_file *file);
void bp_remote_listener_changed(struct bp_file *file);

/* Fills struct tcp_info of size bytes at most. Returns 0, or negative errno when there is no flow
 * any more. */
struct tcp_info;
long bp_remote_info(struct bp_file *file, struct tcp_info *info);

/* ---- for both ---- */

/* A call about a UDP socket; waits for the answer. */
long bp_remote_ask_udp(enum bp_remote_op op, struct bp_remote_udp *udp,
                       const struct bp_ip_addr *addr, const struct bp_ip_addr *at);

/* Calls fn for each of the owners' doorbells: descriptors that forked programs keep, to ring them.
 */
void bp_remote_each_doorbell(void (*fn)(int fd, void *arg), void *arg);

/* The worker that is to own what this program makes. */
u32 bp_remote_owner_here(void);

/* Brings an item before its owner. */
void bp_remote_put(struct bp_remote_item *item);

/* The process of that place was killed: no owner works for it any more after this, or will. Before
 * what it had is given back. */
void bp_remote_bury(u32 place);

/* The watch of a connection was told: its owner looks. The wire half's lock is held. */
void bp_remote_tell(struct bp_watch *watch);

BP_INLINE struct bp_ip_addr bp_remote_ip(const struct bp_inet_addr *addr)
{
    return (struct bp_ip_addr){.halves = {addr->halves[0], addr->halves[1]}};
}

BP_INLINE struct bp_inet_addr bp_remote_inet(const struct bp_ip_addr *addr, u16 port)
{
    return (struct bp_inet_addr){.halves = {addr->halves[0], addr->halves[1]}, .port = port};
}

/* ---- for the owners ---- */

/* This worker serves an inbox. whole: it has a queue of every NIC, so that whatever a program makes
 * can be its. Before it runs, in the launcher. */
void bp_remote_own(u32 worker, bool whole);

/* The owner is about to sleep, and looks into its inbox once more after this; or it is up again. */
void bp_remote_rest(u32 worker, bool resting);

/* True when the inbox holds something. */
bool bp_remote_has_items(u32 worker);

/* The first item, taken out of the inbox; NULL when it is empty. */
struct bp_remote_item *bp_remote_take(u32 worker);

/* An item that is about to be freed is in no inbox. */
void bp_remote_forget(struct bp_remote_item *item);

/* What this worker does with a call that it has taken: answers it, or passes it on to the owner
 * that it has now. */
void bp_remote_answer(u32 worker, struct bp_remote_call *call, long result);
void bp_remote_pass_on(u32 worker, struct bp_remote_call *call);

#endif
