/*
 * Stream sockets of AF_INET and AF_INET6. A listener of ours listens on the host too, which thus
 * decides about ports in use and hands us connections from outside. A connection to an own address
 * on which a fused program listens is made here; every other one by the host, and the socket is
 * host-backed from then on.
 */
#ifndef BP_SOCKET_INET_H
#define BP_SOCKET_INET_H

#include "socket/file.h"

/* The address is in runtime memory. All return 0 or negative errno as the call of that name. */
long bp_inet_bind(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);
long bp_inet_listen(struct bp_file *file, u32 backlog);
long bp_inet_connect(struct bp_file *file, const struct sockaddr_storage *addr, u32 length);

/* Writes the own or the peer's address; returns its length or -ENOTCONN. */
long bp_inet_name(struct bp_file *file, bool peer, struct sockaddr_storage *to);

void bp_inet_release(struct bp_file *file);

/* Gives a local socket a host socket (for what only the host can answer). Returns 0 or negative
 * errno. */
long bp_inet_need_host(struct bp_file *file);

/* Ends listening on shutdown. */
void bp_inet_unlisten(struct bp_file *file);

/*
 * The last steps of a release, and all there is to it for the half of a process outside: gives the
 * host's socket back, and the pair when the other half is released, too.
 */
void bp_inet_leave(struct bp_file *file);

/* Connects the half of a process outside to the program that listens on that port of this machine.
 * Returns as bp_listener_connect, or -EADDRNOTAVAIL. */
long bp_inet_connect_outside(struct bp_file *client, u16 port);

/*
 * Listens on a port (0: any) of all addresses for a process outside, whose slot it is. The host's
 * socket only keeps the port: connections come from programs. Returns 0 or negative errno.
 */
long bp_inet_listen_outside(struct bp_file *file, u16 port, struct bp_attached *slot);

/*
 * For connections from beyond a NIC (remote/): a client half, whose second half's address is what
 * it connected to, joins the queue of a listener. Returns 0, -ECONNREFUSED or -EAGAIN.
 */
long bp_inet_arrive(struct bp_file *client);

/* Whether who listens there has room in the queue: 1, 0, or -ECONNREFUSED when nobody does. */
long bp_inet_room(const struct bp_inet_addr *target);

/*
 * Calls each for the sockets that listen, and for the client halves of live connections in memory,
 * from place `from` (0: the first) on until at least `most` were seen. Returns the place to go on
 * from; 0 when that was all. The tables are locked meanwhile.
 */
u32 bp_inet_each(u32 from, u32 most, void (*each)(struct bp_file *file, void *arg), void *arg);

int bp_inet_init(void);

#endif
