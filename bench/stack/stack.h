/*
 * What the benchmarks of the network stack alone share. They are linked with the runtime's floors
 * base, nic and net, as specialised for a config or generic, and with the config's tables of NICs;
 * one thread does everything, and time is counted in cycles of the time-stamp counter.
 */
#ifndef BENCH_STACK_STACK_H
#define BENCH_STACK_STACK_H

#include "nic/nic.h"

#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

enum {
    BATCH = 32,
    ROUNDS_MAX = 1 << 20,
};

/* Cycles of a packet, of each round. The median leaves out rounds that something interrupted. */
struct rounds {
    double *cycles;
    u32 count;
};

static struct rounds *new_rounds(void)
{
    static struct rounds rounds;

    rounds.cycles = malloc(ROUNDS_MAX * sizeof(*rounds.cycles));
    if (!rounds.cycles)
        exit(1);
    return &rounds;
}

static void add_round(struct rounds *rounds, u64 cycles, u32 packets)
{
    if (rounds->count < ROUNDS_MAX)
        rounds->cycles[rounds->count++] = (double)cycles / packets;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* As the other benchmarks do: one line of JSON. */
static void report(struct rounds *rounds)
{
    if (!rounds->count)
        exit(1);
    qsort(rounds->cycles, rounds->count, sizeof(*rounds->cycles), by_size);
    printf("{\"value\":%.1f,\"count\":%u}\n", rounds->cycles[rounds->count / 2], rounds->count);
}

/* The first NIC's first queue, up. */
static struct bp_device *open_device(const struct bp_nic_tables *tables)
{
    struct bp_nic_failure failure = {.text = "DPDK takes no more threads"};

    if (bp_nics_open(tables, &failure) || bp_nic_worker_join()) {
        fprintf(stderr, "%s\n", failure.text);
        exit(1);
    }
    return bp_nic_device(bp_nics_get(0), 0);
}

#endif
