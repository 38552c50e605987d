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

/* A site whose own instructions moved, other than a `mov` of a number. */
struct moved {
    u64 start; /* of the bytes replaced */
    u64 thunk;
    u32 continues; /* of the instructions behind the call, relative to the thunk; 0 when the call
                      stays in the text */
    u8 before, after;
};

/* The sites of one mapping, ascending by start and by thunk. */
struct patched {
    struct patched *next;
    u64 start, end;
    u64 size; /* of this block, which the host gave */
    u32 count;
    struct moved sites[];
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

/* What bp_patch_text works on. */
struct job {
    struct bp_view text;
    struct bp_sites sites;
    u8 *thunks;
    struct patched *patched;
    struct bp_patch_counts counts;
};

static u32 thunk_room(const struct bp_site *site)
{
    return BP_ALIGN_UP(bp_thunk_size(site), (u32)BP_THUNK_ALIGN);
}

static u32 thunks_room(const struct bp_sites *sites)
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

static void remember(struct patched *patched, u64 start, u64 thunk, const struct bp_site *site)
{
    patched->sites[patched->count++] = (struct moved){
        .start = start,
        .thunk = thunk,
        .continues = bp_site_keeps_syscall(site) ? 0 : bp_thunk_continue(site),
        .before = site->before,
        .after = site->after,
    };
}

/* Writes thunks and jumps; the text is writable. */
static void write_sites(struct job *job)
{
    u64 thunk = (u64)job->thunks;

    for (u32 i = 0; i < job->sites.count; i++) {
        const struct bp_site *site = &job->sites.items[i];
        u64 start = job->text.addr + site->start;

        if (!bp_thunk_emit((u8 *)thunk, thunk, &job->text, site)) {
            job->counts.left++;
            continue;
        }
        bp_thunk_jump((u8 *)start, thunk, &job->text, site);
        if (has_moved(site))
            remember(job->patched, start, thunk, site);
        job->counts.patched[site->pattern]++;
        job->counts.vectors_dead += site->vectors_dead;
        thunk += thunk_room(site);
    }
}

static int patch_sites(struct bp_slot *slot, struct job *job, int prot)
{
    u64 size = sizeof(struct patched) + job->sites.count * sizeof(struct moved);
    long ret;

    job->thunks = bp_slot_thunk_alloc(slot, job->text.addr, thunks_room(&job->sites));
    if (!job->thunks)
        return -ENOMEM;
    job->patched = host_alloc(size);
    if (!job->patched)
        return -ENOMEM;
    ret = bp_host(SYS_mprotect, job->text.addr, job->text.len, prot | PROT_READ | PROT_WRITE);
    if (ret) {
        bp_host(SYS_munmap, job->patched, size);
        return (int)ret;
    }
    job->patched->start = job->text.addr;
    job->patched->end = job->text.addr + job->text.len;
    job->patched->size = size;
    write_sites(job);
    bp_full_fence(); /* pairs with bp_gs_set */
    if (unlikely(READ_ONCE(slot->thunks_trap)))
        bp_thunk_trap((u64)job->thunks, thunks_room(&job->sites));
    bp_host(SYS_mprotect, job->text.addr, job->text.len, prot);
    bp_lock(&slots[slot->index].lock);
    job->patched->next = slots[slot->index].first;
    slots[slot->index].first = job->patched;
    bp_unlock(&slots[slot->index].lock);
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
    struct job job = {.text = {(const u8 *)text, len, text}, .sites = *sites};
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
static bool is_in_place(const struct moved *site)
{
    u64 code, jump = 0xe9 | (u64)(u32)(site->thunk - site->start - BP_SITE_JUMP) << 8;

    return !bp_get_user64(&code, (const u64 *)site->start) && code << 24 == jump << 24;
}

/* Where pc goes if this site replaced or holds it; 0 if not. */
typedef u64 map_fn(const struct moved *site, u64 pc);

static u64 to_original(const struct moved *site, u64 pc)
{
    u64 offset = pc - site->thunk, syscall = site->start + site->before;

    if (offset < site->before)
        return site->start + offset;
    if (site->continues && offset + SYSCALL - site->continues <= SYSCALL + (u64)site->after)
        return syscall + (offset + SYSCALL - site->continues);
    return 0;
}

static u64 to_thunk(const struct moved *site, u64 pc)
{
    u64 offset = pc - site->start;

    if (!offset) /* the jump stands there */
        return 0;
    if (offset < site->before)
        return site->thunk + offset;
    if (site->continues && offset - site->before < SYSCALL + (u64)site->after)
        return site->thunk + site->continues - SYSCALL + (offset - site->before);
    return 0;
}

static u64 by_start(const struct moved *site)
{
    return site->start;
}

static u64 by_thunk(const struct moved *site)
{
    return site->thunk;
}

/* The last site whose key is at most pc. */
static const struct moved *find(const struct patched *patched, u64 (*key)(const struct moved *),
                                u64 pc)
{
    u32 low = 0, high = patched->count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if (key(&patched->sites[middle]) <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &patched->sites[low - 1] : NULL;
}

static u64 map(struct bp_slot *slot, u64 pc, u64 (*key)(const struct moved *), map_fn *to)
{
    u64 found = 0;

    bp_lock(&slots[slot->index].lock);
    for (const struct patched *patched = slots[slot->index].first; patched && !found;
         patched = patched->next) {
        const struct moved *site = find(patched, key, pc);

        found = site && is_in_place(site) ? to(site, pc) : 0;
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
