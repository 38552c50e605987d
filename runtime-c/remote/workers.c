/*
 * Which workers have a network: those that own a queue. Where they are several, packets are steered
 * between them (net/steer.h); programs of all workers reach them through their inboxes.
 */
#include "base/log.h"
#include "memory/node.h"
#include "remote/stack.h"

static struct bp_stack *stacks[BP_WORKERS_MAX];
static struct bp_steering *steering; /* NULL: one worker has all queues */

static void *need(void *memory, u32 worker)
{
    if (!memory)
        bp_fatal(BP_EXIT_ENVIRONMENT, "no memory for the network of worker %u", worker);
    return memory;
}

/* Fewer cores at start (--cores) than the config has leave a queue to nobody. */
static void check_queues(const struct bp_nic_config *nic)
{
    for (u32 q = 0; q < nic->queues; q++) {
        if (nic->queue[q].worker >= bp_nr_workers)
            bp_fatal(BP_EXIT_USER,
                     "%s: queue %u is served by worker %u, but %u run; name as many cores with "
                     "--cores as the config has",
                     nic->name, q, nic->queue[q].worker, bp_nr_workers);
    }
}

static struct bp_stack *stack_of(u32 worker)
{
    if (!stacks[worker]) {
        stacks[worker] =
            need(bp_node_map("network stacks", sizeof(*stacks[worker]), bp_node_of_worker(worker)),
                 worker);
        bp_stack_init(stacks[worker], worker);
    }
    return stacks[worker];
}

static void add_queues(u32 nic)
{
    const struct bp_nic_config *config = bp_nic_config(bp_nics_get(nic));

    check_queues(config);
    for (u32 q = 0; q < config->queues; q++) {
        struct bp_stack *stack = stack_of(config->queue[q].worker);

        stack->nics[stack->device_count] = (u8)nic;
        stack->burst[stack->device_count] = config->burst;
        stack->packets += config->queue[q].packets;
        stack->devices[stack->device_count++] = bp_nic_device(bp_nics_get(nic), q);
    }
}

/* ---- several ---- */

static void wake(u32 worker)
{
    WRITE_ONCE(bp_workers[worker]->service_due, true);
    bp_worker_wake(bp_workers[worker]);
}

static void steer_nic(u32 nic)
{
    const struct bp_nic_config *config = bp_nic_config(bp_nics_get(nic));
    struct bp_nic_spread spread = bp_nic_spread(bp_nics_get(nic));
    u8 workers[BP_WORKERS_MAX];

    for (u32 q = 0; q < config->queues; q++)
        workers[q] = (u8)config->queue[q].worker;
    bp_steering_add_nic(steering, nic, workers, config->queues);
    if (spread.entries)
        bp_steering_by_device(steering, nic, workers, spread.table, spread.entries);
}

static void steer_stack(struct bp_stack *stack)
{
    bp_steering_add_stack(steering, stack->worker, &stack->net, stack->nics, stack->device_count);
    for (u32 to = 0; to < BP_WORKERS_MAX; to++) {
        if (stacks[to] && to != stack->worker)
            steering->rings[stack->worker][to] =
                need(bp_node_map("rings between workers", sizeof(struct bp_handover),
                                 bp_node_of_worker(to)),
                     stack->worker);
    }
    stack->steering = steering;
}

static void start_steering(void)
{
    steering = need(bp_node_map("steering", sizeof(*steering), 0), 0);
    bp_steering_init(steering, bp_nic_tables.rss_key, wake);
    for (u32 i = 0; i < bp_nics_count(); i++)
        steer_nic(i);
    for (u32 i = 0; i < BP_WORKERS_MAX; i++) {
        if (stacks[i])
            steer_stack(stacks[i]);
    }
}

struct bp_stack *bp_remote_stack(u32 worker)
{
    return stacks[worker];
}

void bp_remote_start(void)
{
    u32 count = 0;

    for (u32 i = 0; i < bp_nics_count(); i++)
        add_queues(i);
    for (u32 i = 0; i < BP_WORKERS_MAX; i++) {
        if (stacks[i])
            bp_remote_own(i, stacks[i]->device_count == bp_nics_count());
        count += !!stacks[i];
    }
    if (count > 1)
        start_steering();
}

u32 bp_remote_open_flows(void)
{
    u32 count = 0;

    for (u32 i = 0; i < BP_WORKERS_MAX; i++)
        count += stacks[i] ? READ_ONCE(stacks[i]->tcp.tcp.flows) : 0;
    return count;
}
