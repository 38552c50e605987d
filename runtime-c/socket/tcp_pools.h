/* Memory for TCP's objects from the arena's pools: for struct bp_tcp_config. */
#ifndef BP_SOCKET_TCP_POOLS_H
#define BP_SOCKET_TCP_POOLS_H

#include "net/tcp.h"

extern const struct bp_tcp_memory_ops bp_tcp_pools;

#endif
