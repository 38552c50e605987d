#include "socket/tcp_pools.h"

#include "memory/pool.h"
#include "net/tcp_flow.h"

enum {
#define BP_POOL(id, size) SIZE_##id = (size),
#include "memory/pool.def"
#undef BP_POOL
};

BP_STATIC_ASSERT(sizeof(struct bp_tcp_flow) <= SIZE_TCP_FLOW, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_flight) <= SIZE_TCP_FLIGHT, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_sent) <= SIZE_TCP_SENT, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_reassembly) <= SIZE_TCP_REASSEMBLY, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_request) <= SIZE_TCP_REQUEST, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_tcp_time_wait) <= SIZE_TCP_TIME_WAIT, "memory/pool.def");

static const u8 pools[BP_TCP_OBJECTS] = {
    [BP_TCP_OBJECT_FLOW] = BP_POOL_TCP_FLOW,
    [BP_TCP_OBJECT_FLIGHT] = BP_POOL_TCP_FLIGHT,
    [BP_TCP_OBJECT_SENT] = BP_POOL_TCP_SENT,
    [BP_TCP_OBJECT_REASSEMBLY] = BP_POOL_TCP_REASSEMBLY,
    [BP_TCP_OBJECT_REQUEST] = BP_POOL_TCP_REQUEST,
    [BP_TCP_OBJECT_TIME_WAIT] = BP_POOL_TCP_TIME_WAIT,
};

static void *get(void *memory, enum bp_tcp_object kind)
{
    (void)memory;
    return bp_pool_get(pools[kind]);
}

static void put(void *memory, enum bp_tcp_object kind, void *object)
{
    (void)memory;
    bp_pool_put(pools[kind], object);
}

const struct bp_tcp_memory_ops bp_tcp_pools = {.get = get, .put = put};
