/* IGMP versions 2 and 3 (RFC 2236, RFC 3376), as a host. */
#ifndef BP_NET_IGMP_H
#define BP_NET_IGMP_H

#include "net/ip.h"

extern const struct bp_ip_protocol bp_igmp_protocol;

#endif
