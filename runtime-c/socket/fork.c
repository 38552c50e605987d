#include "socket/fork.h"
#include "base/host.h"
#include "sched/process.h"
#include "socket/attachment.h"
#include "socket/bury.h"
#include "socket/hostfile.h"
#include "socket/parcel.h"
#include "socket/remote.h"
#include "socket/timerfd.h"
#include "socket/userfault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Host descriptors to keep: a bit each. */
enum {
    WORD = 64,
    SET_BYTES = BP_FD_MAX / 8,
};

struct keep {
    u64 *set;
    u32 end; /* above all that are kept */
};

static void keep_one(int fd, void *arg)
{
    struct keep *keep = arg;

    if (fd < 0 || fd >= BP_FD_MAX)
        return;
    keep->set[fd / WORD] |= 1ULL << fd % WORD;
    keep->end = BP_MAX(keep->end, (u32)fd + 1);
}

static void keep_table(const struct bp_fdtable *table, struct keep *keep)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd])
            keep_one(table->files[fd]->host_fd, keep);
    }
}

static bool is_kept(const u64 *set, u32 fd)
{
    return set[fd / WORD] >> fd % WORD & 1;
}

static u32 next_kept(const u64 *set, u32 fd, u32 end)
{
    while (fd < end && !is_kept(set, fd))
        fd += set[fd / WORD] >> fd % WORD ? 1 : WORD - fd % WORD;
    return fd;
}

static void close_others(const struct keep *keep)
{
    for (u32 fd = 0; fd <= keep->end; fd++) {
        u32 kept = next_kept(keep->set, fd, keep->end);

        if (kept > fd || kept == keep->end)
            bp_host(SYS_close_range, fd, kept < keep->end ? kept - 1 : ~0U, 0);
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

int bp_fds_forked(struct bp_fdtable *table, const int *further)
{
    long memory = bp_host(SYS_mmap, NULL, SET_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct keep keep = {.set = (u64 *)memory};

    if (bp_is_error(memory))
        return (int)memory;
    for (int fd = 0; fd < 3; fd++)
        keep_one(fd, &keep);
    for (; *further >= 0; further++)
        keep_one(*further, &keep);
    keep_table(table, &keep);
    bp_process_each_descriptor(keep_one, &keep);
    bp_parcels_each(keep_one, &keep);
    bp_attachments_each_doorbell(keep_one, &keep);
    bp_remote_each_doorbell(keep_one, &keep);
    close_others(&keep);
    bp_host(SYS_munmap, memory, SET_BYTES);
    detach_stdio();
    bp_hostfiles_forked();
    bp_userfaults_forked();
    bp_timerfd_forked();
    return 0;
}

/* ---- in the parent ---- */

static struct bp_file *inherit(struct bp_file *file)
{
    if (file->kind == BP_FILE_HOST)
        return bp_hostfile_copy(file);
    bp_file_hold(file);
    return file;
}

struct bp_fdtable *bp_fds_prepare(u32 place, struct bp_fdtable *table)
{
    struct bp_fdtable **to = (struct bp_fdtable **)bp_process_table(place);
    struct bp_fdtable *childs = NULL;

    if (!bp_parcels_init())
        childs = bp_fdtable_create_to(to, table->limit);
    if (childs && bp_fdtable_copy(childs, table, inherit))
        return childs;
    bp_fds_prepared(place, table, true);
    return NULL;
}

void bp_fds_prepared(u32 place, struct bp_fdtable *table, bool failed)
{
    struct bp_fdtable *childs = *bp_process_table(place);

    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd] && table->files[fd]->kind == BP_FILE_HOST)
            bp_hostfile_copied(table->files[fd]);
    }
    if (failed && childs)
        bp_fds_bury(place, childs);
}
