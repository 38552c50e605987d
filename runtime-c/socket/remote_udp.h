/*
 * UDP over NICs. A UDP socket is host-backed, as the host knows its options and its peers on this
 * machine; beside it lies one of these, with what comes and goes over a NIC. Which of both serves a
 * datagram is decided by its address. A description that is copied at fork shares it.
 */
#ifndef BP_SOCKET_REMOTE_UDP_H
#define BP_SOCKET_REMOTE_UDP_H

#include "net/udp.h"
#include "socket/iter.h"
#include "socket/remote.h"

#include <linux/errqueue.h>

enum {
    BP_REMOTE_GROUPS = 20, /* Linux's igmp_max_memberships */
};

/* What a socket option says of the datagrams that leave. */
struct bp_remote_udp_options {
    u8 tos, ttl, multicast_ttl;
    u8 flags;        /* enum bp_udp_flags */
    u8 mtu_discover; /* IP_PMTUDISC_* */
    bool loop, broadcast;
    bool recverr, recverr6; /* errors are queued, and count though it is not connected */
    /* What recvmsg is to tell. */
    bool pktinfo, pktinfo6, recv_ttl, recv_tos, recv_hops, recv_tclass, timestamp, timestampns;
};

/* Arena. lock protects what no comment claims; before the lock of a file. */
struct bp_remote_udp {
    struct bp_remote_item item;
    struct bp_lock lock;
    u32 refs;             /* descriptions, and the owner from binding to unbinding */
    struct bp_list files; /* struct bp_file.sock.queue */
    struct bp_fifo in, out;
    struct bp_fifo reports; /* MSG_ERRQUEUE */
    struct bp_remote_udp_options options;
    bool on_host; /* the host's socket may have something too */
    bool bound, closing;
    u16 family;
    s32 error;                       /* SO_ERROR, positive */
    struct bp_inet_addr local, peer; /* peer.port 0: not connected */
    /* The owner's alone. */
    bool moved; /* from another one, where it was in its groups */
    struct bp_udp_endpoint endpoint;
    struct bp_ip_path path; /* of the last datagram */
    u32 mtu;                /* of that path; anybody reads */
    struct {
        struct bp_ip_addr group;
        u16 interface;
        bool used;
    } groups[BP_REMOTE_GROUPS];
};

/* In front of each datagram's bytes, in a chunk of in or out. */
struct bp_remote_datagram {
    struct bp_inet_addr peer;  /* who sent it, or is to get it */
    struct bp_inet_addr local; /* where it came to, or is to come from, if that is said */
    u64 realtime;              /* when it came, ns; 0: not asked for */
    u8 tos, ttl;
    bool has_tos, has_ttl; /* out: instead of the socket's */
};

/* What has become of a datagram; in front of what came back of its bytes, in a chunk of reports. */
struct bp_remote_report {
    struct sock_extended_err what;
    struct bp_inet_addr destination; /* of the datagram */
    struct bp_inet_addr offender;    /* who says so; not when the origin is local */
};

/* ---- for the programs' side; all but the first need bp_remote_udp_of ---- */

BP_INLINE struct bp_remote_udp *bp_remote_udp_of(const struct bp_file *file)
{
    return BP_HAS_NIC && file->kind == BP_FILE_HOST ? file->sock.udp : NULL;
}

/* Whether errors of datagrams of this family are to be reported. */
BP_INLINE bool bp_remote_udp_reports(const struct bp_remote_udp *udp, bool v6)
{
    return v6 ? udp->options.recverr6 : udp->options.recverr;
}

/* A fresh UDP socket of the host gets one. Without memory it stays the host's alone. */
void bp_remote_udp_attach(struct bp_file *file, u16 family);
/* The description is released, or copied for a child. */
void bp_remote_udp_detach(struct bp_file *file);
void bp_remote_udp_share(struct bp_file *copy, const struct bp_file *file);

/* The calls of these names: result or negative errno. Addresses are in runtime memory. */
long bp_remote_udp_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
long bp_remote_udp_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
long bp_remote_udp_name(struct bp_file *file, bool peer, struct sockaddr_storage *to);

/* *hosts: the datagram is the host's to send. Else bytes or negative errno. The name and the
 * control messages of msg are in the program's memory. */
long bp_remote_udp_send(struct bp_file *file, struct bp_iter *from, const struct msghdr *msg,
                        u32 flags, bool *hosts);

/* What recvmsg tells besides bytes. */
struct bp_remote_udp_arrival {
    struct sockaddr_storage from;
    u32 from_length;
    struct bp_remote_datagram head;
    struct bp_remote_report report;
    bool reported; /* with MSG_ERRQUEUE: report is valid, and head is not */
    bool truncated;
    bool hosts; /* nothing came over a NIC: the host's socket has something */
};

/* Control messages: out, what they say (0, -EINVAL, -EFAULT, -ENOBUFS); in, what the options ask
 * for, into msg (0 or -EFAULT). */
long bp_remote_udp_control_get(const struct msghdr *msg, struct bp_remote_datagram *head);
long bp_remote_udp_control_put(struct msghdr *msg, const struct bp_file *file,
                               const struct bp_remote_udp_arrival *arrival);

/* Waits for a datagram of either side. Returns bytes or negative errno; with arrival->hosts the
 * host's call is to be made. */
long bp_remote_udp_receive(struct bp_file *file, struct bp_iter *to, u32 flags,
                           struct bp_remote_udp_arrival *arrival);

/* poll: what holds, given what holds on the host's side. */
u32 bp_remote_udp_poll(struct bp_file *file, u32 mask);

/* setsockopt(2): after the host has taken an option. ours: the host has failed with this error, and
 * the option may be one that only NICs understand. Returns the call's result. */
long bp_remote_udp_option_set(struct bp_file *file, s32 level, s32 name, u64 value, u32 length,
                              long host);

/* getsockopt(2): true when the answer is not the host's, but in *value. */
bool bp_remote_udp_option_get(struct bp_file *file, s32 level, s32 name, s32 *value);

/* SO_ERROR: positive or 0; taken. */
s32 bp_remote_udp_error(struct bp_file *file);

/* FIONREAD: bytes of the next datagram, or -1 when none waits. */
s64 bp_remote_udp_next(struct bp_file *file);

/* ---- for the owner ---- */

/* One datagram has come in, in a chunk that begins with struct bp_remote_datagram. Takes over the
 * chunk. False: too many wait already, and it is lost. */
bool bp_remote_udp_arrived(struct bp_remote_udp *udp, struct bp_chunk *chunk);
/* The oldest one to be sent, or NULL. */
struct bp_chunk *bp_remote_udp_next_out(struct bp_remote_udp *udp);
void bp_remote_udp_failed(struct bp_remote_udp *udp, s32 error);
/* Reports that a datagram to this address is longer than a path lets through, if the program asked
 * to be told. */
void bp_remote_udp_too_long(struct bp_remote_udp *udp, const struct bp_inet_addr *to);
/* For MSG_ERRQUEUE. One too many, or without memory, is lost, as on Linux. */
void bp_remote_udp_report(struct bp_remote_udp *udp, const struct bp_remote_report *report,
                          const void *bytes, size_t length);
void bp_remote_udp_drop(struct bp_remote_udp *udp);

#endif
