/*
 * Addresses of sockets. IPv4 addresses are kept as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), so that
 * one comparison serves both families; the family of the socket decides how an address is shown.
 */
#ifndef BP_SOCKET_SOCKADDR_H
#define BP_SOCKET_SOCKADDR_H

#include "base/base.h"
#include "base/lock.h"

#include <sys/socket.h>

struct bp_inet_addr {
    union {
        u8 bytes[16];
        u32 words[4];
        u64 halves[2];
    };
    u16 port; /* host byte order; 0 = none */
    u32 scope;
};

/* The name of an AF_UNIX socket. Arena; counted, since accepted sockets share their listener's. */
struct bp_unix_name {
    struct bp_lock lock; /* of refs */
    u32 refs;
    u32 length; /* of path, with the terminating NUL; abstract names begin with a zero byte and have
                   none */
    char path[112]; /* sun_path takes 108 bytes without NUL */
};

/* Copies a socket address of a program. Returns 0, -EINVAL (length), -EFAULT. */
long bp_sockaddr_get(struct sockaddr_storage *addr, u64 user, u64 length);

/* Gives an address to a program that asked by (addr, *length): cut to what fits, with the whole
 * length. May be 0. */
long bp_sockaddr_put(u64 user, u64 user_length, const struct sockaddr_storage *addr, u32 length);

/*
 * Reads an AF_INET or AF_INET6 address for a socket of that family. Returns 0, -EINVAL (too short)
 * or -EAFNOSUPPORT.
 */
long bp_inet_parse(struct bp_inet_addr *to, const struct sockaddr_storage *from, u32 length,
                   u16 family);

/* Writes it as a socket of that family shows it; returns the length. */
u32 bp_inet_format(struct sockaddr_storage *to, const struct bp_inet_addr *from, u16 family);

BP_INLINE bool bp_inet_is_v4(const struct bp_inet_addr *a)
{
    return !a->halves[0] && a->words[2] == 0xffff0000U;
}

/* The wildcard of either family. */
BP_INLINE bool bp_inet_is_any(const struct bp_inet_addr *a)
{
    return !a->halves[0] && !a->words[3] && (!a->words[2] || a->words[2] == 0xffff0000U);
}

BP_INLINE bool bp_inet_same_address(const struct bp_inet_addr *a, const struct bp_inet_addr *b)
{
    return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

/* True for loopback addresses and those of this machine's interfaces, as they were at start. */
bool bp_inet_is_own(const struct bp_inet_addr *a);

/* The source address that Linux takes for a connection to an own address. */
void bp_inet_source_for(struct bp_inet_addr *source, const struct bp_inet_addr *target);

/* Reads the addresses of the host's interfaces. */
void bp_sockaddr_init(void);

/* A reference is in the thread's hand (sched/hand.h) until it is put somewhere. */
struct bp_unix_name *bp_unix_name_create(const struct sockaddr_storage *addr, u32 length);
void bp_unix_name_hold(struct bp_unix_name *name);
void bp_unix_name_drop(struct bp_unix_name *name);
u32 bp_unix_name_format(struct sockaddr_storage *to, const struct bp_unix_name *name);

#endif
