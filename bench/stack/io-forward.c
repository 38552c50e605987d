/*
 * Receive and transmit alone: what comes from a NIC that always has packets (net_null) is sent back
 * as it is, in bursts of 32, as dpdk-testpmd does it in its mode `io`. Counts the cycles of a
 * packet, everything in them.
 *
 * usage: io-forward MILLISECONDS
 */
#include "stack.h"

#include <string.h>
#include <time.h>

enum {
    BURSTS_IN_ROUND = 256,
};

static u64 now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

/* The config's device, but that it receives. */
static struct bp_nic_tables receiving_tables(void)
{
    enum {
        ARGS_MAX = 32
    };
    static const char *args[ARGS_MAX];
    struct bp_nic_tables tables = bp_nic_tables;

    for (u32 i = 0; i < ARGS_MAX - 1 && tables.eal_args[i]; i++) {
        bool device = !strncmp(tables.eal_args[i], "--vdev=net_null0", 16);

        args[i] = device ? "--vdev=net_null0" : tables.eal_args[i];
    }
    tables.eal_args = args;
    return tables;
}

static void forward(struct bp_device *device, struct rounds *rounds)
{
    struct bp_packet *packets[BATCH];
    u64 start = __rdtsc();
    u32 seen = 0;

    for (u32 i = 0; i < BURSTS_IN_ROUND; i++) {
        u32 count = bp_nic_receive(device, packets, BATCH);

        if (bp_device_transmit(device, packets, count) != count)
            exit(1);
        seen += count;
    }
    if (!seen)
        exit(1);
    add_round(rounds, __rdtsc() - start, seen);
}

int main(int argc, char **argv)
{
    struct bp_nic_tables tables = receiving_tables();
    struct rounds *rounds = new_rounds();
    struct bp_device *device;
    u64 end;

    if (argc != 2)
        return 2;
    device = open_device(&tables);
    end = now() + strtoull(argv[1], NULL, 10) * 1000000;
    while (now() < end)
        forward(device, rounds);
    report(rounds);
    bp_nics_close();
    return 0;
}
