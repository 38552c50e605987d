#include "remote/stack.h"
#include "base/log.h"
#include "memory/node.h"
#include "net/tables.h"
#include "socket/host_limits.h"
#include "socket/remote_udp.h"
#include "socket/tcp_pools.h"

#include <errno.h>
#include <sys/random.h>

enum {
    /* An idle worker polls as long as falling asleep and waking up would take. */
    SPIN_NS = 20000,
    BUCKETS = BP_NET_UDP_BUCKETS, /* as many as connections */
    HALF_OPEN_MAX = 1024,
    TIME_WAITS_MAX = 4 * BUCKETS,
    ORPHANS_MAX = 16384, /* some 2.5 KiB each */
    /* Decides the window scale: no receive buffer is larger, by Linux's default limits. */
    WINDOW_MAX = 6 << 20,
    EARLY_SHARE = 4, /* of all packets, what is kept out of order; half of it by one flow alone */
    ROUND_MAX = 8,   /* bursts that one turn takes of a queue: programs are to run too */
};

/* ---- start ---- */

/* The stack's own index of an interface, by the NIC's; device_count: this worker has no queue of
 * it. */
static u32 interface_of(const struct bp_stack *stack, u32 nic)
{
    for (u32 i = 0; i < stack->device_count; i++) {
        if (stack->nics[i] == nic)
            return i;
    }
    return stack->device_count;
}

/* What the tables say of the NICs that this worker serves. */
static void configure(const struct bp_stack *stack, struct bp_net_config *config)
{
    for (u32 i = 0; i < stack->device_count; i++)
        config->interfaces[i].device = stack->devices[i];
    config->interface_count = stack->device_count;
    for (u32 i = 0; i < bp_net_tables.address_count; i++) {
        struct bp_net_address address = bp_net_tables.addresses[i];

        address.interface = (u16)interface_of(stack, address.interface);
        if (address.interface < stack->device_count)
            config->addresses[config->address_count++] = address;
    }
    for (u32 i = 0; i < bp_net_tables.route_count; i++) {
        struct bp_net_route route = bp_net_tables.routes[i];

        route.interface = (u16)interface_of(stack, route.interface);
        if (route.interface < stack->device_count)
            config->routes[config->route_count++] = route;
    }
}

static void start_tcp(struct bp_stack *stack)
{
    struct bp_tcp_config config = {
        .memory_ops = &bp_tcp_pools,
        .buckets = bp_node_map("connections", BUCKETS * sizeof(*config.buckets), bp_node_here()),
        .bucket_count = BUCKETS,
        .requests_max = HALF_OPEN_MAX,
        .time_waits_max = TIME_WAITS_MAX,
        .orphans_max = ORPHANS_MAX,
        .receive_window_max = WINDOW_MAX,
        .reassembly_packets = stack->packets / EARLY_SHARE / 2,
        .reassembly_total = stack->packets / EARLY_SHARE,
        .port_first = (u16)bp_host_limits.port_first,
        .port_last = (u16)bp_host_limits.port_last,
        .syn_cookies = true,
    };

    if (!config.buckets)
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the table of connections");
    if (getrandom(&config.secret, sizeof(config.secret), 0) != sizeof(config.secret))
        bp_fatal(BP_EXIT_ENVIRONMENT, "getrandom: error %d", errno);
    bp_ip_tcp_init(&stack->tcp, &stack->net, &config);
}

static void start(struct bp_stack *stack, u64 now)
{
    struct bp_net_config config = {0};

    if (bp_nic_worker_join())
        bp_fatal(BP_EXIT_ENVIRONMENT, "DPDK takes no more threads");
    configure(stack, &config);
    config.steering = stack->steering;
    config.worker = stack->worker;
    if (getrandom(&config.seed, sizeof(config.seed), 0) != sizeof(config.seed))
        bp_fatal(BP_EXIT_ENVIRONMENT, "getrandom: error %d", errno);
    if (bp_net_init(&stack->net, &config, now))
        bp_fatal(BP_EXIT_USER, "the addresses of `network` make no sense to the stack");
    bp_udp_init(&stack->net, &stack->udp);
    start_tcp(stack);
    for (u32 i = 0; i < stack->device_count; i++) {
        int fd = bp_nic_wait_fd(stack->devices[i]);

        if (fd < 0 || bp_worker_sleeps_on(fd))
            stack->polls = true;
    }
    stack->started = true;
}

/* ---- a turn ---- */

static long (*const ops[BP_REMOTE_OPS])(struct bp_stack *stack, struct bp_remote_call *call) = {
    [BP_REMOTE_CONNECT] = bp_remote_flow_connect,
    [BP_REMOTE_LISTEN] = bp_remote_port_listen,
    [BP_REMOTE_LISTEN_OPTIONS] = bp_remote_port_options,
    [BP_REMOTE_UNLISTEN] = bp_remote_port_unlisten,
    [BP_REMOTE_OPTIONS] = bp_remote_flow_options,
    [BP_REMOTE_INFO] = bp_remote_flow_info,
    [BP_REMOTE_UDP_BIND] = bp_remote_udp_do_bind,
    [BP_REMOTE_UDP_CONNECT] = bp_remote_udp_do_connect,
    [BP_REMOTE_JOIN] = bp_remote_udp_do_join,
    [BP_REMOTE_LEAVE] = bp_remote_udp_do_leave,
};

static void look_at_flow(struct bp_stack *stack, struct bp_remote_item *item)
{
    (void)stack;
    bp_remote_flow_look(container_of(item, struct bp_remote, item));
}

static void answer_call(struct bp_stack *stack, struct bp_remote_item *item)
{
    struct bp_remote_call *call = container_of(item, struct bp_remote_call, item);
    long ret = ops[call->op](stack, call);

    if (ret == BP_REMOTE_MOVED)
        bp_remote_pass_on(stack->worker, call);
    else
        bp_remote_answer(stack->worker, call, ret);
}

static void look_at_udp(struct bp_stack *stack, struct bp_remote_item *item)
{
    bp_remote_udp_look(stack, container_of(item, struct bp_remote_udp, item));
}

static void (*const kinds[BP_REMOTE_KINDS])(struct bp_stack *stack, struct bp_remote_item *item) = {
    [BP_REMOTE_FLOW] = look_at_flow,
    [BP_REMOTE_CALL] = answer_call,
    [BP_REMOTE_UDP] = look_at_udp,
};

static bool take_items(struct bp_stack *stack)
{
    struct bp_remote_item *item;
    bool any = false;

    for (; (item = bp_remote_take(stack->worker)); any = true)
        kinds[item->kind](stack, item);
    return any;
}

static bool receive(struct bp_stack *stack, u32 index, u64 now)
{
    struct bp_device *device = stack->devices[index];
    struct bp_packet *packets[64];
    u32 burst = BP_MIN(stack->burst[index], (u32)ARRAY_SIZE(packets)), count = burst, rounds;

    for (rounds = 0; rounds < ROUND_MAX && count == burst; rounds++) {
        u32 ours = count = bp_nic_receive(device, packets, burst);

        if (stack->steering)
            ours = bp_steer_frames(&stack->net, (u16)index, packets, count);
        bp_net_input_burst(&stack->net, device, packets, ours, now);
    }
    return rounds > 1 || count;
}

/* The packets of other queues that are this worker's, and the other way round. */
static bool exchange(struct bp_stack *stack, u64 now)
{
    bool any = bp_steer_take(&stack->net, now);

    bp_steer_wake(&stack->net);
    return any;
}

static bool serve(struct bp_service *service)
{
    struct bp_stack *stack = container_of(service, struct bp_stack, service);
    u64 now = bp_now();
    bool any;

    if (unlikely(!stack->started))
        start(stack, now);
    bp_net_set_time(&stack->net, now);
    bp_tcp_advance(&stack->tcp.tcp, now);
    any = take_items(stack);
    for (u32 i = 0; i < stack->device_count; i++)
        any |= receive(stack, i, now);
    if (stack->steering)
        any |= exchange(stack, now);
    any |= take_items(stack); /* what the packets have made programs' halves ask for */
    bp_net_poll(&stack->net, now);
    bp_tcp_flush(&stack->tcp.tcp);
    bp_stack_tell(stack);
    return any;
}

/* ---- sleep ---- */

static bool arm(struct bp_stack *stack)
{
    for (u32 i = 0; i < stack->device_count; i++) {
        if (bp_nic_arm(stack->devices[i]))
            return false;
    }
    return true;
}

/* What came before the descriptors were armed may not wake us: one more turn looks for it. */
static u64 rest(struct bp_service *service)
{
    struct bp_stack *stack = container_of(service, struct bp_stack, service);

    bp_remote_rest(stack->worker, true);
    if (stack->polls || !arm(stack) || serve(service) || bp_remote_has_items(stack->worker) ||
        bp_steer_waits(&stack->net))
        return 0;
    return BP_MIN(bp_net_deadline(&stack->net), bp_tcp_next(&stack->tcp.tcp));
}

static void rise(struct bp_service *service)
{
    struct bp_stack *stack = container_of(service, struct bp_stack, service);

    bp_remote_rest(stack->worker, false);
    for (u32 i = 0; i < stack->device_count; i++)
        bp_nic_disarm(stack->devices[i]);
}

void bp_stack_init(struct bp_stack *stack, u32 worker)
{
    stack->service =
        (struct bp_service){.serve = serve, .rest = rest, .rise = rise, .spin = SPIN_NS};
    stack->worker = worker;
    bp_list_init(&stack->ports);
    bp_worker_serves(bp_workers[worker], &stack->service);
}
