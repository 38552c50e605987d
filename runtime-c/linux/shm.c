#include "linux/shm.h"
#include "base/host.h"
#include "base/lock.h"
#include "linux/calls.h"
#include "linux/task.h"

#include <errno.h>
#include <linux/ipc.h>
#include <linux/shm.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    SHMLBA = BP_PAGE_SIZE, /* attach addresses are multiples of it, or rounded to it */
    ATTACHED_MAX = 4096    /* of all programs; SHMSEG, what Linux allows to one process */
};

struct attached {
    const struct bp_slot *slot; /* NULL: free */
    u64 addr, len;
    bool overlaid; /* in parts something else may be mapped by now */
};

static struct attached table[ATTACHED_MAX];
static u32 highest; /* entries from here on were never used */
static struct bp_lock table_lock;

/* Called with the table's lock held. */
static struct attached *find(const struct bp_slot *slot, u64 addr)
{
    for (u32 i = 0; i < highest; i++) {
        if (table[i].slot == slot && (!slot || table[i].addr == addr))
            return &table[i];
    }
    return NULL;
}

static bool remember(const struct bp_slot *slot, u64 addr, u64 len)
{
    struct attached *entry;

    bp_lock(&table_lock);
    entry = find(NULL, 0);
    if (!entry && highest < ATTACHED_MAX)
        entry = &table[highest++];
    if (entry)
        *entry = (struct attached){.slot = slot, .addr = addr, .len = len};
    bp_unlock(&table_lock);
    return entry;
}

void bp_shm_overlaid(const struct bp_slot *slot, u64 addr, u64 len)
{
    bp_lock(&table_lock);
    for (u32 i = 0; i < highest; i++) {
        struct attached *entry = &table[i];

        if (entry->slot == slot && addr < entry->addr + entry->len && entry->addr < addr + len)
            entry->overlaid = true;
    }
    bp_unlock(&table_lock);
}

void bp_shm_forget(const struct bp_slot *slot)
{
    bp_lock(&table_lock);
    for (u32 i = 0; i < highest; i++) {
        if (table[i].slot == slot)
            table[i].slot = NULL;
    }
    bp_unlock(&table_lock);
}

/* ---- the calls ---- */

/* Where a segment of this length goes: addresses of the slot, reserved by an inaccessible mapping
 * that the attachment then replaces. */
static long reserve(struct bp_slot *slot, u64 addr, u64 len, u64 flags)
{
    int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    long ret;

    if (addr & (SHMLBA - 1)) {
        if (!(flags & SHM_RND))
            return -EINVAL;
        addr &= ~(u64)(SHMLBA - 1);
    }
    if (!addr && flags & SHM_REMAP)
        return -EINVAL;
    if (addr)
        how |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
    ret = bp_slot_mmap(slot, addr, len, PROT_NONE, how, -1, 0);
    return ret == -EEXIST ? -EINVAL : ret;
}

long bp_sys_shmat(u64 id, u64 addr, u64 flags)
{
    struct bp_slot *slot = bp_current_proc()->slot;
    struct shmid64_ds info;
    u64 len;
    long at, ret = bp_host(SYS_shmctl, id, IPC_STAT, &info);

    if (ret)
        return ret;
    len = BP_ALIGN_UP((u64)info.shm_segsz, (u64)BP_PAGE_SIZE);
    at = reserve(slot, addr, len, flags);
    if (bp_is_error(at))
        return at;
    bp_shm_overlaid(slot, (u64)at, len);
    ret = bp_host(SYS_shmat, id, at, (flags & ~(u64)SHM_RND) | SHM_REMAP);
    if (bp_is_error(ret))
        goto give_back;
    bp_slot_exempt(slot, (u64)at, len);
    if (!remember(slot, (u64)at, len)) {
        ret = -EMFILE;
        goto give_back;
    }
    return at;

give_back:
    bp_slot_munmap(slot, (u64)at, len);
    return ret;
}

/*
 * Addresses of an attachment that was overlaid stay marked as used: parts of them may be something
 * else's.
 */
long bp_sys_shmdt(u64 addr)
{
    struct bp_slot *slot = bp_current_proc()->slot;
    struct attached entry = {0}, *found;
    long ret;

    bp_lock(&table_lock);
    found = find(slot, addr);
    if (found) {
        entry = *found;
        found->slot = NULL;
    }
    bp_unlock(&table_lock);
    if (!entry.slot)
        return -EINVAL;
    ret = bp_host(SYS_shmdt, addr);
    if (!ret && !entry.overlaid)
        bp_slot_munmap(slot, addr, entry.len);
    return ret;
}
