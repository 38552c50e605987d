#include "entry/patch.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "bp_config.h"
#include "entry/thunk.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    SYSCALL = 2
}; /* bytes */

/* The sites of one mapping, ascending by start and by thunk. */
struct patched {
    struct patched *next;
    u64 start, end;
    u64 thunks;
    u32 thunks_size;
    u32 count;
    const struct bp_moved *sites; /* own, or those of shared text */
    u64 size;                     /* of this block, which the host gave */
    struct bp_moved own[];
};

static struct {
    struct bp_lock lock;
    struct patched
        *first; /* the newest comes first: it counts where mappings replaced each other */
} slots[BP_APPS_MAX];

static void *host_alloc(u64 size)
{
    long ret = bp_host(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return bp_is_error(ret) ? NULL : (void *)ret;
}

u64 bp_patch_readable(u64 addr, u64 len)
{
    u64 page = BP_ALIGN_DOWN(addr, (u64)BP_PAGE_SIZE), value;

    for (; page < addr + len; page += BP_PAGE_SIZE)
        if (bp_get_user64(&value, (const u64 *)page))
            break;
    return page <= addr ? 0 : BP_MIN(page - addr, len);
}

/* ---- patching ---- */

static u32 thunk_room(const struct bp_site *site)
{
    return BP_ALIGN_UP(bp_thunk_size(site), (u32)BP_THUNK_ALIGN);
}

u32 bp_patch_thunks_size(const struct bp_sites *sites)
{
    u32 size = 0;

    for (u32 i = 0; i < sites->count; i++)
        size += thunk_room(&sites->items[i]);
    return size;
}

static bool has_moved(const struct bp_site *site)
{
    return site->pattern == BP_SITE_C || site->pattern == BP_SITE_D;
}

static void remember(struct bp_patch_job *job, u64 thunk, const struct bp_site *site)
{
    job->moved[job->moved_count++] = (struct bp_moved){
        .start = site->start,
        .thunk = (u32)(thunk - job->thunks),
        .continues = bp_site_keeps_syscall(site) ? 0 : bp_thunk_continue(site),
        .before = site->before,
        .after = site->after,
    };
}

void bp_patch_write(struct bp_patch_job *job)
{
    u64 thunk = job->thunks;

    for (u32 i = 0; i < job->sites->count; i++) {
        const struct bp_site *site = &job->sites->items[i];

        if (!bp_thunk_emit(job->thunks_out + (thunk - job->thunks), thunk, &job->text, site)) {
            job->counts.left++;
            continue;
        }
        bp_thunk_jump(job->text_out + site->start, thunk, &job->text, site);
        if (has_moved(site))
            remember(job, thunk, site);
        job->counts.patched[site->pattern]++;
        job->counts.vectors_dead += site->vectors_dead;
        thunk += thunk_room(site);
    }
}

/* From here on the text counts as patched. Whether its thunks are to trap is looked at when others
 * can find them: pairs with bp_gs_set. */
static void know(struct bp_slot *slot, struct patched *patched)
{
    bp_lock(&slots[slot->index].lock);
    patched->next = slots[slot->index].first;
    slots[slot->index].first = patched;
    bp_unlock(&slots[slot->index].lock);
    bp_full_fence();
    if (unlikely(READ_ONCE(slot->thunks_trap)))
        bp_thunk_trap(patched->thunks, patched->thunks_size);
}

int bp_patch_know(struct bp_slot *slot, u64 text, u64 len, u64 thunks, u32 thunks_size,
                  const struct bp_moved *moved, u32 count)
{
    struct patched *patched = host_alloc(sizeof(*patched));

    if (!patched)
        return -ENOMEM;
    *patched = (struct patched){
        .start = text,
        .end = text + len,
        .thunks = thunks,
        .thunks_size = thunks_size,
        .count = count,
        .sites = moved,
        .size = sizeof(*patched),
    };
    know(slot, patched);
    return 0;
}

void bp_patch_trap(struct bp_slot *slot)
{
    bp_lock(&slots[slot->index].lock);
    for (const struct patched *patched = slots[slot->index].first; patched; patched = patched->next)
        bp_thunk_trap(patched->thunks, patched->thunks_size);
    bp_unlock(&slots[slot->index].lock);
}

static int patch_sites(struct bp_slot *slot, struct bp_patch_job *job, int prot)
{
    u64 size = sizeof(struct patched) + job->sites->count * sizeof(struct bp_moved);
    u32 thunks_size = bp_patch_thunks_size(job->sites);
    struct patched *patched;
    long ret;

    job->thunks_out = bp_slot_thunk_alloc(slot, job->text.addr, thunks_size);
    job->thunks = (u64)job->thunks_out;
    if (!job->thunks)
        return -ENOMEM;
    patched = host_alloc(size);
    if (!patched)
        return -ENOMEM;
    ret = bp_host(SYS_mprotect, job->text.addr, job->text.len, prot | PROT_READ | PROT_WRITE);
    if (ret) {
        bp_host(SYS_munmap, patched, size);
        return (int)ret;
    }
    job->moved = patched->own;
    bp_patch_write(job);
    bp_host(SYS_mprotect, job->text.addr, job->text.len, prot);
    patched->start = job->text.addr;
    patched->end = job->text.addr + job->text.len;
    patched->thunks = job->thunks;
    patched->thunks_size = thunks_size;
    patched->count = job->moved_count;
    patched->sites = patched->own;
    patched->size = size;
    know(slot, patched);
    return 0;
}

bool bp_patch_fits(u64 text, u64 len, const struct bp_sites *sites)
{
    u64 free_from = 0;

    for (u32 i = 0; i < sites->count; i++) {
        const struct bp_site *site = &sites->items[i];
        u64 call = (u64)site->start + site->before, end = call + SYSCALL + site->after;
        u8 bytes[2 * UINT8_MAX + SYSCALL];

        if (site->start < free_from || end > len || site->pattern >= BP_SITE_PATTERNS ||
            bp_copy(bytes, (const u8 *)text + site->start, end - site->start) ||
            bytes[site->before] != 0x0f || bytes[site->before + 1] != 0x05)
            return false;
        free_from = (u64)site->start + site->len;
    }
    return true;
}

int bp_patch_text(struct bp_slot *slot, u64 text, u64 len, int prot, const struct bp_sites *sites,
                  struct bp_patch_counts *counts)
{
    struct bp_patch_job job = {
        .text = {(const u8 *)text, len, text}, .sites = sites, .text_out = (u8 *)text};
    int ret = 0;

    job.counts.left = sites->left;
    if (sites->count)
        ret = patch_sites(slot, &job, prot);
    if (ret)
        job.counts.left += sites->count;
    if (counts)
        *counts = job.counts;
    return ret;
}

/* ---- looking up ---- */

void bp_patch_forget(struct bp_slot *slot, u64 start, u64 len)
{
    bp_lock(&slots[slot->index].lock);
    for (struct patched **link = &slots[slot->index].first, *patched; (patched = *link) != NULL;) {
        if (patched->start >= start && patched->end - start <= len) {
            *link = patched->next;
            bp_host(SYS_munmap, patched, patched->size);
        } else {
            link = &patched->next;
        }
    }
    bp_unlock(&slots[slot->index].lock);
}

/* Whether the jump is still in place: the text may have been replaced since. */
static bool is_in_place(const struct patched *patched, const struct bp_moved *site)
{
    u64 start = patched->start + site->start, thunk = patched->thunks + site->thunk;
    u64 code, jump = 0xe9 | (u64)(u32)(thunk - start - BP_SITE_JUMP) << 8;

    return !bp_get_user64(&code, (const u64 *)start) && code << 24 == jump << 24;
}

/* Where pc goes if this site replaced or holds it; 0 if not. */
typedef u64 map_fn(const struct patched *patched, const struct bp_moved *site, u64 pc);

static u64 to_original(const struct patched *patched, const struct bp_moved *site, u64 pc)
{
    u64 offset = pc - patched->thunks - site->thunk;
    u64 syscall = patched->start + site->start + site->before;

    if (offset < site->before)
        return patched->start + site->start + offset;
    if (site->continues && offset + SYSCALL - site->continues <= SYSCALL + (u64)site->after)
        return syscall + (offset + SYSCALL - site->continues);
    return 0;
}

static u64 to_thunk(const struct patched *patched, const struct bp_moved *site, u64 pc)
{
    u64 offset = pc - patched->start - site->start, thunk = patched->thunks + site->thunk;

    if (!offset) /* the jump stands there */
        return 0;
    if (offset < site->before)
        return thunk + offset;
    if (site->continues && offset - site->before < SYSCALL + (u64)site->after)
        return thunk + site->continues - SYSCALL + (offset - site->before);
    return 0;
}

static u64 by_start(const struct patched *patched, const struct bp_moved *site)
{
    return patched->start + site->start;
}

static u64 by_thunk(const struct patched *patched, const struct bp_moved *site)
{
    return patched->thunks + site->thunk;
}

typedef u64 key_fn(const struct patched *patched, const struct bp_moved *site);

/* The last site whose key is at most pc. */
static const struct bp_moved *find(const struct patched *patched, key_fn *key, u64 pc)
{
    u32 low = 0, high = patched->count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if (key(patched, &patched->sites[middle]) <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &patched->sites[low - 1] : NULL;
}

static u64 map(struct bp_slot *slot, u64 pc, key_fn *key, map_fn *to)
{
    u64 found = 0;

    bp_lock(&slots[slot->index].lock);
    for (const struct patched *patched = slots[slot->index].first; patched && !found;
         patched = patched->next) {
        const struct bp_moved *site = find(patched, key, pc);

        found = site && is_in_place(patched, site) ? to(patched, site, pc) : 0;
    }
    bp_unlock(&slots[slot->index].lock);
    return found ? found : pc;
}

u64 bp_patch_original(struct bp_slot *slot, u64 pc)
{
    return bp_slot_is_thunk(pc) ? map(slot, pc, by_thunk, to_original) : pc;
}

u64 bp_patch_resume(struct bp_slot *slot, u64 pc)
{
    return map(slot, pc, by_start, to_thunk);
}
