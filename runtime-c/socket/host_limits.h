/* Limits that the host's administrator has set (sysctl), read once at start: limits.def. */
#ifndef BP_SOCKET_HOST_LIMITS_H
#define BP_SOCKET_HOST_LIMITS_H

#include "base/base.h"

struct bp_host_limits {
#define BP_LIMIT(field, file, index, initial) u32 field;
#include "socket/limits.def"
#undef BP_LIMIT
};

extern struct bp_host_limits bp_host_limits;

void bp_host_limits_init(void);

#endif
