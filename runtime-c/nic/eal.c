/* DPDK's environment layer: started once, with the generator's arguments; its messages are ours. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "nic/dpdk.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include <pthread.h>
#include <stdio.h>

enum {
    ARGS_MAX = 64
};

/* One line at a time, as DPDK writes them. */
static ssize_t log_line(void *cookie, const char *text, size_t size)
{
    (void)cookie;
    size_t length = size && text[size - 1] == '\n' ? size - 1 : size;

    if (length)
        bp_log("DPDK: %.*s", (int)BP_MIN(length, (size_t)400), text);
    return (ssize_t)size;
}

static void redirect_log(void)
{
    static const cookie_io_functions_t functions = {.write = log_line};
    FILE *stream = fopencookie(NULL, "w", functions);

    if (!stream)
        return;
    setvbuf(stream, NULL, _IOLBF, 1024);
    rte_openlog_stream(stream);
}

/*
 * A static libibverbs knows no providers by itself. Both symbols are there exactly in binaries with
 * mlx5 (gen/hardware/drivers.ts).
 */
struct verbs_device_ops;
extern const struct verbs_device_ops verbs_provider_mlx5 __attribute__((weak));
void ibv_static_providers(void *unused, ...) __attribute__((weak));

static void register_verbs(void)
{
    if (&verbs_provider_mlx5 && ibv_static_providers)
        ibv_static_providers(NULL, &verbs_provider_mlx5, NULL);
}

/* What rte_errno says after a failed start, in the words of what can be done about it. */
static const char *advice(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "run as root, or give the binary CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_RAWIO";
    case ENOMEM:
        return "not enough memory or huge pages; see /proc/meminfo";
    default:
        return "DPDK's own message is above";
    }
}

int bp_nic_eal_start(const char *const *args, struct bp_nic_failure *failure)
{
    static char name[] = "bypassgen";
    char *argv[ARGS_MAX] = {name}; /* DPDK reorders it */
    cpu_set_t before;
    int argc = 1, ret;

    while (args[argc - 1]) {
        if (argc == ARGS_MAX - 1)
            return bp_nic_fail(failure, -E2BIG, "more than %d arguments for DPDK", ARGS_MAX - 2);
        argv[argc] = (char *)args[argc - 1];
        argc++;
    }
    redirect_log();
    register_verbs();
    pthread_getaffinity_np(pthread_self(), sizeof(before), &before);
    ret = rte_eal_init(argc, argv);
    pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
    if (ret < 0)
        return bp_nic_fail(failure, -rte_errno, "DPDK does not start: %s; %s",
                           rte_strerror(rte_errno), advice(rte_errno));
    return 0;
}

int bp_nic_worker_join(void)
{
    return rte_thread_register() ? -ENOMEM : 0;
}
