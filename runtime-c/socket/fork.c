#include "socket/fork.h"
#include "base/host.h"
#include "sched/process.h"
#include "socket/hostfile.h"
#include "socket/timerfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Host descriptors to keep: a bit each. */
enum {
    WORD = 64,
    SET_BYTES = BP_FD_MAX / 8,
};

static void keep_one(int fd, void *set)
{
    if (fd >= 0 && fd < BP_FD_MAX)
        ((u64 *)set)[fd / WORD] |= 1ULL << fd % WORD;
}

static void keep_table(const struct bp_fdtable *table, u64 *set)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd])
            keep_one(table->files[fd]->host_fd, set);
    }
}

static bool is_kept(const u64 *set, u32 fd)
{
    return set[fd / WORD] >> fd % WORD & 1;
}

static u32 next_kept(const u64 *set, u32 fd)
{
    while (fd < BP_FD_MAX && !is_kept(set, fd))
        fd += set[fd / WORD] >> fd % WORD ? 1 : WORD - fd % WORD;
    return fd;
}

static void close_others(const u64 *set)
{
    for (u32 fd = 0; fd < BP_FD_MAX; fd++) {
        u32 kept = next_kept(set, fd);

        if (kept > fd)
            bp_host(SYS_close_range, fd, kept < BP_FD_MAX ? kept - 1 : ~0U, 0);
        fd = kept;
    }
}

/* The runtime's own input and output are nothing to a child, but their numbers must stay taken. */
static void detach_stdio(void)
{
    long null = bp_host(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

    if (bp_is_error(null))
        return;
    for (int fd = 0; fd < 2; fd++)
        bp_host(SYS_dup3, null, fd, O_CLOEXEC);
    bp_host(SYS_close, null);
}

/* ---- what is inherited ---- */

static size_t array_bytes(const struct bp_fdtable *table)
{
    return BP_ALIGN_UP((table->end + 1) * sizeof(struct bp_file *), (size_t)BP_PAGE_SIZE);
}

static struct bp_file *inherit(struct bp_file *file)
{
    if (file->kind == BP_FILE_HOST)
        return bp_hostfile_copy(file);
    bp_file_hold(file);
    return file;
}

struct bp_file **bp_fds_prepare(struct bp_fdtable *table)
{
    long memory = bp_host(SYS_mmap, NULL, array_bytes(table), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct bp_file **inherited = (struct bp_file **)memory;

    if (bp_is_error(memory))
        return NULL;
    for (u32 fd = 0; fd < table->end; fd++) {
        struct bp_file *file = table->files[fd];

        if (!file)
            continue;
        inherited[fd] = inherit(file);
        if (!inherited[fd]) {
            bp_fds_prepared(table, inherited, true);
            return NULL;
        }
    }
    return inherited;
}

/* A reference to a copy is no more than that: its host descriptor stays the original's. */
static void give_back(struct bp_file *file)
{
    if (file->kind != BP_FILE_HOST)
        bp_file_drop(file);
    else if (!--file->refs)
        bp_file_free(file);
}

void bp_fds_prepared(struct bp_fdtable *table, struct bp_file **inherited, bool failed)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd] && table->files[fd]->kind == BP_FILE_HOST)
            bp_hostfile_copied(table->files[fd]);
        if (failed && inherited[fd])
            give_back(inherited[fd]);
    }
    bp_host(SYS_munmap, inherited, array_bytes(table));
}

static void take_over(struct bp_fdtable *table, struct bp_file **inherited)
{
    for (u32 fd = 0; fd < table->end; fd++)
        table->files[fd] = inherited[fd];
    bp_host(SYS_munmap, inherited, array_bytes(table));
    table->lock = (struct bp_lock){0};
    table->threads = false;
}

int bp_fds_forked(struct bp_fdtable *table, struct bp_file **inherited, const int *keep)
{
    long memory = bp_host(SYS_mmap, NULL, SET_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    u64 *set = (u64 *)memory;

    if (bp_is_error(memory))
        return (int)memory;
    take_over(table, inherited);
    for (int fd = 0; fd < 3; fd++)
        keep_one(fd, set);
    for (; *keep >= 0; keep++)
        keep_one(*keep, set);
    keep_table(table, set);
    bp_process_each_doorbell(keep_one, set);
    close_others(set);
    bp_host(SYS_munmap, memory, SET_BYTES);
    detach_stdio();
    bp_hostfiles_forked();
    bp_timerfd_forked();
    return 0;
}
