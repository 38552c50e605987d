/* ICMP (RFC 792, 1122) and ICMPv6 (RFC 4443). */
#ifndef BP_NET_ICMP_H
#define BP_NET_ICMP_H

#include "base/base.h"

struct bp_icmp {
    u64 tokens; /* errors that may be sent at once */
    u64 refilled;
};

#endif
