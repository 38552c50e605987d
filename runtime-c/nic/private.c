/*
 * What DPDK opens and maps stays with this process. Programs that are executed get no descriptor of
 * it, and a forked process no memory: it does not own the NICs, and a page that is copied on write
 * would leave the device with the old one.
 */
#include "nic/internal.h"

#include <rte_config.h>

#include <rte_memory.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Calls each(fd) for every open descriptor. */
static void each_descriptor(void (*each)(int fd))
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            each(atoi(entry->d_name));
    }
    if (folder)
        closedir(folder);
}

enum {
    FDS_MAX = 4096 /* those that a process is started with are far below */
};

static u64 before[FDS_MAX / 64];

static void remember(int fd)
{
    if (fd < FDS_MAX)
        before[fd / 64] |= 1ULL << fd % 64;
}

static void close_on_exec(int fd)
{
    bool ours = fd >= FDS_MAX || !(before[fd / 64] >> fd % 64 & 1);

    if (ours)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int dont_fork(const struct rte_memseg_list *list, const struct rte_memseg *segment,
                     void *context)
{
    (void)list;
    (void)context;
    return madvise(segment->addr, segment->len, MADV_DONTFORK) ? -1 : 0;
}

void bp_nic_private_begin(void)
{
    memset(before, 0, sizeof(before));
    each_descriptor(remember);
}

int bp_nic_private_end(struct bp_nic_failure *failure)
{
    each_descriptor(close_on_exec);
    if (rte_memseg_walk(dont_fork, NULL))
        return bp_nic_fail(failure, -errno, "the memory of packets cannot be kept from forks");
    return 0;
}
