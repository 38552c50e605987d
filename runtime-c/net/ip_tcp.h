/*
 * TCP on the IP stack of the same worker: fills in what bp_tcp_init wants of the wire, takes
 * segments and ICMP errors from IP, and remembers ways to destinations.
 *
 * The worker's loop: bp_net_input for each packet, bp_net_poll, bp_ip_tcp_poll; it may sleep until
 * the earlier of bp_net_deadline and bp_tcp_next.
 */
#ifndef BP_NET_IP_TCP_H
#define BP_NET_IP_TCP_H

#include "net/ip.h"
#include "net/tcp.h"

enum {
    BP_IP_TCP_PATHS = 256, /* a power of two */
};

struct bp_ip_tcp {
    struct bp_tcp tcp;
    struct bp_net *net;
    struct bp_ip_path paths[BP_IP_TCP_PATHS]; /* a cache, by both ends' hash */
};

/* Prepares a zeroed structure. config: the wire is filled in.
 * Registers with net, for which it must live on. */
void bp_ip_tcp_init(struct bp_ip_tcp *ip, struct bp_net *net, struct bp_tcp_config *config);

/* Timers, and all that input has made necessary. */
void bp_ip_tcp_poll(struct bp_ip_tcp *ip, u64 now);

#endif
