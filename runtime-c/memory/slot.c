#include "memory/slot.h"
#include "memory/node.h"
#include "base/uaccess.h"
#include "base/host.h"
#include "bp_config.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CODE_BYTES (7ULL << 28)
#define THUNK_BYTES (64ULL << 20)
/* From shared text to its thunks: behind those of all other text, however high in the code part it
 * lies; and where that ends. A jump reaches as far. */
#define SHARED_DISTANCE (CODE_BYTES + THUNK_BYTES)
#define THUNKS_END (SHARED_DISTANCE + CODE_BYTES + BP_SLOT_SHARED_MAX)
#define THUNK_STEP (256ULL << 10)
#define BRK_BYTES (64ULL << 30)
/* Address-space randomisation within the slot, in bytes; each start is a random page. */
#define CODE_RANDOM (256ULL << 20)
#define DATA_RANDOM (64ULL << 30)
/* Nothing is ever mapped below: a NULL pointer with an offset must fault. */
#define LOWEST_ADDRESS (64ULL << 10)
/* A pool near an image outside the slot, and how far off it may lie so that 32-bit jumps reach. */
#define FAR_THUNK_BYTES (4ULL << 20)
#define FAR_STEP (16ULL << 20)
#define FAR_REACH (0x7ff00000ULL)
/* Left free below a mapping that grows down: the usual limit of a stack. */
#define GROWTH_BYTES (8ULL << 20)
/* Larger private file mappings are data, not images. */
#define CODE_MAPPING_MAX (512ULL << 20)

static struct bp_slot slots[BP_APPS_MAX];
static bool used[BP_APPS_MAX]; /* apart, for a fork to look at without touching the slots */
static struct bp_lock slots_lock;

static u64 random_pages(u64 below)
{
    u64 value = 0;

    bp_host(SYS_getrandom, &value, sizeof(value), 0);
    return value % below & ~(u64)(BP_PAGE_SIZE - 1);
}

static void ranges_create(struct bp_slot *slot)
{
    bp_ranges_init(&slot->free_code);
    bp_ranges_init(&slot->free_data);
    bp_ranges_init(&slot->outside);
    bp_account_init(&slot->account);
}

static struct bp_thunk_pool thunk_pool(u64 start, u64 size)
{
    return (struct bp_thunk_pool){
        .start = start, .next = start, .mapped = start, .end = start + size};
}

static void lay_out(struct bp_slot *slot)
{
    slot->base = BP_SLOT_BASE + slot->index * BP_SLOT_SIZE;
    slot->end = slot->base + BP_SLOT_SIZE;
    slot->thunks = thunk_pool(slot->base + CODE_BYTES, THUNK_BYTES);
    slot->brk_start = slot->brk =
        slot->base + THUNKS_END + BP_PAGE_SIZE + random_pages(CODE_RANDOM);
    slot->brk_limit = slot->brk_start + BRK_BYTES;
    bp_ranges_add(&slot->free_code, slot->base + BP_PAGE_SIZE + random_pages(CODE_RANDOM),
                  slot->thunks.start);
    bp_ranges_add(&slot->free_data, slot->brk_limit,
                  slot->end - BP_PAGE_SIZE - random_pages(DATA_RANDOM));
}

struct bp_slot *bp_slot_create(void)
{
    struct bp_slot *slot = NULL;

    bp_lock(&slots_lock);
    for (u32 i = 0; i < BP_APPS_MAX && !slot; i++) {
        if (!used[i]) {
            slot = &slots[i];
            *slot = (struct bp_slot){.index = i};
            used[i] = true;
        }
    }
    bp_unlock(&slots_lock);
    if (!slot)
        return NULL;
    ranges_create(slot);
    lay_out(slot);
    return slot;
}

void bp_slot_destroy(struct bp_slot *slot)
{
    bp_host(SYS_munmap, slot->base, BP_SLOT_SIZE);
    for (u32 i = 0; i < slot->outside.count; i++)
        bp_host(SYS_munmap, slot->outside.items[i].start,
                slot->outside.items[i].end - slot->outside.items[i].start);
    bp_account_destroy(&slot->account);
    bp_ranges_destroy(&slot->outside);
    bp_ranges_destroy(&slot->free_data);
    bp_ranges_destroy(&slot->free_code);
    WRITE_ONCE(used[slot->index], false);
}

static bool in_slot(const struct bp_slot *slot, u64 addr, u64 len)
{
    return addr >= slot->base && addr <= slot->end && len <= slot->end - addr;
}

bool bp_slot_owns(const struct bp_slot *slot, u64 addr, u64 len)
{
    return in_slot(slot, addr, len) || bp_ranges_contains(&slot->outside, addr, addr + len);
}

static bool is_unmapped(u64 start, u64 end)
{
    long got = bp_host(SYS_mmap, start, end - start, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    if (bp_is_error(got))
        return false;
    bp_host(SYS_munmap, start, end - start);
    return true;
}

bool bp_slot_would_free(const struct bp_slot *slot, u64 start, u64 end)
{
    struct bp_range own;

    while (start < end && bp_ranges_next(&slot->outside, start, end, &own)) {
        if (own.start > start && !is_unmapped(start, own.start))
            return false;
        start = own.end;
    }
    return start >= end || is_unmapped(start, end);
}

bool bp_slot_is_thunk(u64 addr)
{
    u64 offset = addr - BP_SLOT_BASE;

    if (offset < BP_APPS_MAX * BP_SLOT_SIZE)
        return offset % BP_SLOT_SIZE - CODE_BYTES < THUNKS_END - CODE_BYTES;
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        const struct bp_thunk_pool *far = &slots[i].far_thunks;

        if (addr - far->start < far->end - far->start)
            return true;
    }
    return false;
}

/* Book-keeping of addresses that were mapped or unmapped in the slot. Out-of-memory only makes the
   books coarser: an address that could not be given back is not handed out again. */
static void mark_used(struct bp_slot *slot, u64 addr, u64 len, enum bp_memory_class class)
{
    bp_account_map(&slot->account, addr, len, class);
    if (slot->lock_flags) /* as Linux, which does not tell when it cannot fill the pages */
        bp_host(SYS_mlock2, addr, len, slot->lock_flags & MCL_ONFAULT ? MLOCK_ONFAULT : 0);
    if (!in_slot(slot, addr, len)) {
        bp_ranges_add(&slot->outside, addr, addr + len);
        return;
    }
    bp_ranges_remove(&slot->free_code, addr, addr + len);
    bp_ranges_remove(&slot->free_data, addr, addr + len);
}

static void mark_free(struct bp_slot *slot, u64 addr, u64 len)
{
    u64 code_end = slot->thunks.start;
    u64 end = addr + len;

    bp_account_unmap(&slot->account, addr, len);
    if (!in_slot(slot, addr, len))
        bp_ranges_remove(&slot->outside, addr, end);
    else if (addr < code_end)
        bp_ranges_add(&slot->free_code, addr, BP_MIN(end, code_end));
    else if (end > slot->brk_limit)
        bp_ranges_add(&slot->free_data, BP_MAX(addr, slot->brk_limit), end);
}

/* What grows down by itself is not in the books: nothing else may be placed there. */
static void leave_room(struct bp_slot *slot, u64 addr)
{
    bp_ranges_remove(&slot->free_code, addr - GROWTH_BYTES, addr);
    bp_ranges_remove(&slot->free_data, addr - GROWTH_BYTES, addr);
}

/* Huge mappings at huge alignment: required with MAP_HUGETLB, and lets transparent huge pages form
 * otherwise. */
static u64 alignment(u64 len, int flags)
{
    if (flags & MAP_HUGETLB) {
        u32 shift = (u32)flags >> MAP_HUGE_SHIFT & MAP_HUGE_MASK;
        return shift ? 1ULL << shift : BP_HUGE_PAGE_SIZE;
    }
    return len >= BP_HUGE_PAGE_SIZE && (flags & MAP_ANONYMOUS) ? BP_HUGE_PAGE_SIZE : BP_PAGE_SIZE;
}

static bool is_free(const struct bp_slot *slot, u64 start, u64 end)
{
    return bp_ranges_contains(&slot->free_code, start, end) ||
           bp_ranges_contains(&slot->free_data, start, end);
}

/* The program's hint where that is free in its slot; its page has an alignment that len may not. */
static u64 choose(const struct bp_slot *slot, u64 hint, u64 len, int flags)
{
    bool image = !(flags & (MAP_ANONYMOUS | MAP_SHARED)) && len <= CODE_MAPPING_MAX;
    u64 addr = BP_ALIGN_DOWN(hint, flags & MAP_HUGETLB ? alignment(len, flags) : BP_PAGE_SIZE);

    if (is_free(slot, addr, addr + len))
        return addr;
    addr = image ? bp_ranges_find_low(&slot->free_code, len, BP_PAGE_SIZE) : 0;
    return addr ? addr : bp_ranges_find_high(&slot->free_data, len, alignment(len, flags));
}

/*
 * At an address of the program's choosing: anywhere in its slot or over what it has mapped outside,
 * and elsewhere only where nothing is.
 */
static long map_fixed(struct bp_slot *slot, u64 addr, u64 len, int prot, int flags, int fd,
                      u64 offset)
{
    long ret;

    if (addr & (BP_PAGE_SIZE - 1))
        return -EINVAL;
    if (addr < LOWEST_ADDRESS)
        return -EPERM; /* as vm.mmap_min_addr has it for ordinary users: root programs do not get
                          page 0 either */
    if (bp_in_arena((void *)addr))
        return flags & MAP_FIXED_NOREPLACE ? -EEXIST : -ENOMEM;
    if (!bp_slot_owns(slot, addr, len))
        flags = (flags & ~MAP_FIXED) | MAP_FIXED_NOREPLACE;
    ret = bp_host(SYS_mmap, addr, len, prot, flags, fd, offset);
    if (ret == -EEXIST && (flags & MAP_FIXED))
        return -ENOMEM;
    return ret;
}

long bp_slot_mmap(struct bp_slot *slot, u64 addr, u64 len, int prot, int flags, int fd, u64 offset)
{
    u64 size = BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE);
    enum bp_memory_class class = bp_memory_class(prot, flags);
    long ret;

    if (!len)
        return -EINVAL;
    if (size < len || size > BP_SLOT_SIZE)
        return -ENOMEM;
    bp_lock(&slot->lock);
    if (!bp_account_fits(&slot->account, addr, flags & MAP_FIXED ? size : 0, size, class)) {
        ret = -ENOMEM;
    } else if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        ret = map_fixed(slot, addr, size, prot, flags, fd, offset);
    } else if (flags & MAP_32BIT) {
        ret = bp_host(SYS_mmap, addr, size, prot, flags, fd, offset);
    } else {
        u64 chosen = choose(slot, addr, size, flags);

        ret =
            chosen ? bp_host(SYS_mmap, chosen, len, prot, flags | MAP_FIXED, fd, offset) : -ENOMEM;
    }
    if (!bp_is_error(ret))
        mark_used(slot, (u64)ret, size, class);
    if (!bp_is_error(ret) && flags & MAP_GROWSDOWN)
        leave_room(slot, (u64)ret);
    bp_unlock(&slot->lock);
    return ret;
}

long bp_slot_munmap(struct bp_slot *slot, u64 addr, u64 len)
{
    u64 size = BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE);
    long ret;

    if (addr & (BP_PAGE_SIZE - 1) || !len || size < len || addr + size < addr)
        return -EINVAL;
    bp_lock(&slot->lock);
    if (bp_slot_owns(slot, addr, size)) {
        ret = bp_host(SYS_munmap, addr, size);
        if (!ret)
            mark_free(slot, addr, size);
    } else {
        ret = 0; /* nothing of this program is there: Linux answers success */
    }
    bp_unlock(&slot->lock);
    return ret;
}

/*
 * The limit on data concerns pages that become writable. A host that stops half-way says so by its
 * error only; what may have become writable counts as if it had.
 */
long bp_slot_mprotect(struct bp_slot *slot, u64 addr, u64 len, int prot)
{
    u64 size = BP_ALIGN_UP(len, (u64)BP_PAGE_SIZE);
    bool writable = prot & PROT_WRITE;
    long ret = -ENOMEM;

    if (addr & (BP_PAGE_SIZE - 1))
        return -EINVAL;
    if (len && (size < len || !bp_slot_owns(slot, addr, size)))
        return -ENOMEM;
    bp_lock(&slot->lock);
    if (!writable || bp_account_may_write(&slot->account, addr, size)) {
        ret = bp_host(SYS_mprotect, addr, len, prot);
        if (!ret || (writable && ret != -EINVAL))
            bp_account_protect(&slot->account, addr, size, writable);
    }
    bp_unlock(&slot->lock);
    return ret;
}

void bp_slot_exempt(struct bp_slot *slot, u64 addr, u64 len)
{
    bp_lock(&slot->lock);
    bp_account_map(&slot->account, addr, len, BP_MEMORY_EXEMPT);
    bp_unlock(&slot->lock);
}

/* A piece is locked without filling its pages first: that fails by its limit only. */
static long lock_piece(const struct bp_range *piece, u32 flags)
{
    u64 len = piece->end - piece->start;
    long ret;

    if (!flags)
        return bp_host(SYS_munlock, piece->start, len);
    ret = bp_host(SYS_mlock2, piece->start, len, MLOCK_ONFAULT);
    if (!ret && !(flags & MCL_ONFAULT))
        bp_host(SYS_mlock, piece->start, len);
    return ret;
}

/* The host fills a piece only up to where nothing can be read; data can be, all of it. */
static void fill_data(const struct bp_slot *slot)
{
    const struct bp_ranges *data = &slot->account.data;

    for (u32 i = 0; i < data->count; i++)
        bp_host(SYS_mlock, data->items[i].start, data->items[i].end - data->items[i].start);
}

long bp_slot_lock_all(struct bp_slot *slot, u32 flags)
{
    long ret = 0;

    bp_lock(&slot->lock);
    if (!flags || flags & MCL_CURRENT)
        for (u32 i = 0; i < slot->account.mapped.count && !ret; i++)
            ret = lock_piece(&slot->account.mapped.items[i], flags);
    if (!ret && flags & MCL_CURRENT && !(flags & MCL_ONFAULT))
        fill_data(slot);
    if (!ret)
        slot->lock_flags = flags & MCL_FUTURE ? flags & (MCL_FUTURE | MCL_ONFAULT) : 0;
    bp_unlock(&slot->lock);
    return ret;
}

/* One call of mremap(2), with its lengths rounded up. */
struct remap {
    u64 addr, old_len, new_len, new_addr;
    int flags;
    enum bp_memory_class class; /* of what moves */
};

/* The new place has pages of the old one's class; the old place is free unless it stays mapped. */
static void mark_moved(struct bp_slot *slot, const struct remap *r, u64 to)
{
    if (!(r->flags & MREMAP_DONTUNMAP) && r->old_len)
        mark_free(slot, r->addr, r->old_len);
    mark_used(slot, to, r->new_len, r->class);
}

/* Where a grown mapping goes: in place when what follows is free, else to a new place. */
static long grow(struct bp_slot *slot, const struct remap *r)
{
    u64 to;
    long ret;

    if (r->old_len && !(r->flags & MREMAP_DONTUNMAP) &&
        is_free(slot, r->addr + r->old_len, r->addr + r->new_len)) {
        ret = bp_host(SYS_mremap, r->addr, r->old_len, r->new_len, 0);
        if (!bp_is_error(ret)) {
            mark_used(slot, r->addr, r->new_len, r->class);
            return ret;
        }
    }
    if (!(r->flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    to = bp_ranges_find_high(&slot->free_data, r->new_len,
                             r->new_len >= BP_HUGE_PAGE_SIZE ? BP_HUGE_PAGE_SIZE : BP_PAGE_SIZE);
    if (!to)
        return -ENOMEM;
    ret = bp_host(SYS_mremap, r->addr, r->old_len, r->new_len, r->flags | MREMAP_FIXED, to);
    if (!bp_is_error(ret))
        mark_moved(slot, r, to);
    return ret;
}

/* Without anything of the program at the new place, nothing may be replaced there. */
static long move_fixed(struct bp_slot *slot, const struct remap *r)
{
    long ret;

    if (!bp_slot_owns(slot, r->new_addr, r->new_len))
        return -ENOMEM;
    ret = bp_host(SYS_mremap, r->addr, r->old_len, r->new_len, r->flags, r->new_addr);
    if (!bp_is_error(ret))
        mark_moved(slot, r, r->new_addr);
    return ret;
}

static long shrink(struct bp_slot *slot, const struct remap *r)
{
    long ret = bp_host(SYS_mremap, r->addr, r->old_len, r->new_len, r->flags);

    if (!bp_is_error(ret) && r->new_len < r->old_len)
        mark_free(slot, r->addr + r->new_len, r->old_len - r->new_len);
    return ret;
}

static long remap(struct bp_slot *slot, const struct remap *r)
{
    u64 kept = r->flags & MREMAP_DONTUNMAP ? 0 : r->old_len;

    if (r->new_len > kept && !bp_account_fits(&slot->account, 0, 0, r->new_len - kept, r->class))
        return -ENOMEM;
    if (r->flags & MREMAP_FIXED)
        return move_fixed(slot, r);
    return r->new_len > kept ? grow(slot, r) : shrink(slot, r);
}

/* What MREMAP_DONTUNMAP asks for; without MREMAP_FIXED its new address is a hint. */
static bool may_stay(const struct remap *r)
{
    return r->flags & MREMAP_MAYMOVE && r->old_len == r->new_len &&
           !(r->new_addr & (BP_PAGE_SIZE - 1)) &&
           (r->new_addr >= r->addr + r->old_len || r->addr >= r->new_addr + r->new_len);
}

long bp_slot_mremap(struct bp_slot *slot, u64 addr, u64 old_len, u64 new_len, int flags,
                    u64 new_addr)
{
    struct remap r = {
        .addr = addr,
        .old_len = BP_ALIGN_UP(old_len, (u64)BP_PAGE_SIZE),
        .new_len = BP_ALIGN_UP(new_len, (u64)BP_PAGE_SIZE),
        .new_addr = new_addr,
        .flags = flags,
    };
    long ret;

    if (addr & (BP_PAGE_SIZE - 1) || !r.new_len || r.new_len > BP_SLOT_SIZE ||
        r.old_len > BP_SLOT_SIZE)
        return -EINVAL;
    if (flags & MREMAP_DONTUNMAP && !may_stay(&r))
        return -EINVAL;
    if (!bp_slot_owns(slot, addr, r.old_len))
        return -EFAULT;
    bp_lock(&slot->lock);
    r.class = bp_account_class(&slot->account, addr);
    ret = remap(slot, &r);
    bp_unlock(&slot->lock);
    return ret;
}

static long grow_break(struct bp_slot *slot, u64 from, u64 to)
{
    long ret;

    if (!bp_account_fits(&slot->account, 0, 0, to - from, BP_MEMORY_DATA))
        return -ENOMEM;
    ret = bp_host(SYS_mmap, from, to - from, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (!bp_is_error(ret))
        mark_used(slot, from, to - from, BP_MEMORY_DATA);
    return ret;
}

static long shrink_break(struct bp_slot *slot, u64 to, u64 from)
{
    long ret = bp_host(SYS_munmap, to, from - to);

    if (!ret)
        bp_account_unmap(&slot->account, to, from - to);
    return ret;
}

/* As the kernel's: the new break, or the old one when it cannot be had. */
u64 bp_slot_brk(struct bp_slot *slot, u64 addr)
{
    u64 old_end = BP_ALIGN_UP(slot->brk, (u64)BP_PAGE_SIZE);
    u64 new_end = BP_ALIGN_UP(addr, (u64)BP_PAGE_SIZE);
    long ret = 0;

    if (addr < slot->brk_start || addr > slot->brk_limit)
        return slot->brk;
    bp_lock(&slot->lock);
    if (new_end > old_end)
        ret = grow_break(slot, old_end, new_end);
    else if (new_end < old_end)
        ret = shrink_break(slot, new_end, old_end);
    if (!bp_is_error(ret))
        slot->brk = addr;
    bp_unlock(&slot->lock);
    return slot->brk;
}

/* ---- thunks ---- */

static bool reaches(const struct bp_thunk_pool *pool, u64 text)
{
    return pool->end && (text < pool->end ? pool->end - text : text - pool->start) < FAR_REACH;
}

/* Finds free addresses behind an image that lies outside the slot. */
static void make_far_pool(struct bp_slot *slot, u64 text)
{
    u64 first = BP_ALIGN_UP(text, (u64)BP_HUGE_PAGE_SIZE);

    for (u64 at = first; at < first + FAR_REACH / 2; at += FAR_STEP) {
        long ret =
            bp_host(SYS_mmap, at, FAR_THUNK_BYTES, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

        if (bp_is_error(ret))
            continue;
        slot->far_thunks = thunk_pool(at, FAR_THUNK_BYTES);
        bp_ranges_add(&slot->outside, at, at + FAR_THUNK_BYTES);
        return;
    }
}

static struct bp_thunk_pool *pool_for(struct bp_slot *slot, u64 text)
{
    if (reaches(&slot->thunks, text))
        return &slot->thunks;
    if (!slot->far_thunks.end && !in_slot(slot, text, 0))
        make_far_pool(slot, text);
    return reaches(&slot->far_thunks, text) ? &slot->far_thunks : NULL;
}

static bool map_more(struct bp_thunk_pool *pool)
{
    long ret = pool->mapped + THUNK_STEP > pool->end
                   ? -ENOMEM
                   : bp_host(SYS_mmap, pool->mapped, THUNK_STEP, PROT_READ | PROT_WRITE | PROT_EXEC,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (bp_is_error(ret))
        return false;
    pool->mapped += THUNK_STEP;
    return true;
}

u8 *bp_slot_thunk_alloc(struct bp_slot *slot, u64 text, u32 len)
{
    struct bp_thunk_pool *pool;
    u8 *thunk = NULL;

    len = BP_ALIGN_UP(len, 16u);
    bp_lock(&slot->lock);
    pool = pool_for(slot, text);
    if (pool && (pool->mapped - pool->next >= len || map_more(pool))) {
        thunk = (u8 *)pool->next;
        pool->next += len;
    }
    bp_unlock(&slot->lock);
    return thunk;
}

/* The thunks of an image outside the slot become its far pool, with room for some more. */
static u64 map_far_shared(struct bp_slot *slot, u64 at, u64 len, int fd, u64 offset)
{
    long ret;

    if (slot->far_thunks.end)
        return 0;
    ret = bp_host(SYS_mmap, at, FAR_THUNK_BYTES, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (bp_is_error(ret))
        return 0;
    ret = bp_host(SYS_mmap, at, len, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
                  fd, offset);
    if (bp_is_error(ret)) {
        bp_host(SYS_munmap, at, FAR_THUNK_BYTES);
        return 0;
    }
    slot->far_thunks = thunk_pool(at, FAR_THUNK_BYTES);
    slot->far_thunks.next = slot->far_thunks.mapped = at + len;
    bp_ranges_add(&slot->outside, at, at + FAR_THUNK_BYTES);
    return at;
}

static u64 map_near_shared(const struct bp_slot *slot, u64 at, u64 len, int fd, u64 offset)
{
    long ret;

    if (at - SHARED_DISTANCE - slot->base >= CODE_BYTES)
        return 0;
    ret = bp_host(SYS_mmap, at, len, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
                  fd, offset);
    return bp_is_error(ret) ? 0 : at;
}

u64 bp_slot_shared_thunks(u64 text)
{
    return text + SHARED_DISTANCE;
}

u64 bp_slot_map_shared_thunks(struct bp_slot *slot, u64 text, u64 len, int fd, u64 offset)
{
    u64 at = bp_slot_shared_thunks(text), ret;

    if (len > BP_SLOT_SHARED_MAX)
        return 0;
    bp_lock(&slot->lock);
    if (slot->lock_flags) /* its text is to stay where it was locked */
        ret = 0;
    else if (in_slot(slot, text, 0))
        ret = map_near_shared(slot, at, len, fd, offset);
    else
        ret = map_far_shared(slot, at, len, fd, offset);
    bp_unlock(&slot->lock);
    return ret;
}

/* ---- fork ---- */

/* Neighbours' advice on all they have mapped; what they have not is skipped by the host. */
static void advise_others(const struct bp_slot *slot, int advice)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        const struct bp_slot *other = &slots[i];

        if (!READ_ONCE(used[i]) || other == slot)
            continue;
        bp_host(SYS_madvise, other->base, BP_SLOT_SIZE, advice);
        for (u32 j = 0; j < other->outside.count; j++)
            bp_host(SYS_madvise, other->outside.items[j].start,
                    other->outside.items[j].end - other->outside.items[j].start, advice);
    }
}

void bp_slots_hide_others(const struct bp_slot *slot)
{
    advise_others(slot, MADV_DONTFORK);
}

void bp_slots_show_others(const struct bp_slot *slot)
{
    advise_others(slot, MADV_DOFORK);
}

void bp_slots_forget_others(const struct bp_slot *slot)
{
    slots_lock = (struct bp_lock){0};
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        if (&slots[i] != slot)
            used[i] = false;
    }
}

void bp_slot_place_stack(struct bp_slot *slot, u64 start, u64 size)
{
    if (!BP_NUMA)
        return;
    slot->stack_node = bp_node_here();
    slot->stack_size = size;
    WRITE_ONCE(slot->stack_start, start);
    bp_node_bind((void *)start, size, slot->stack_node);
}

void bp_slots_each_stack(void (*each)(const void *memory, size_t size, u32 node, void *context),
                         void *context)
{
    for (u32 i = 0; i < BP_APPS_MAX; i++) {
        const struct bp_slot *slot = &slots[i];

        if (used[i] && READ_ONCE(slot->stack_start))
            each((const void *)slot->stack_start, slot->stack_size, slot->stack_node, context);
    }
}
