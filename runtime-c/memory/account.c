#include "memory/account.h"

#include <sys/mman.h>

void bp_account_init(struct bp_account *account)
{
    account->limit_as = account->limit_data = UINT64_MAX;
    bp_ranges_init(&account->mapped);
    bp_ranges_init(&account->data);
    bp_ranges_init(&account->exempt);
}

void bp_account_destroy(struct bp_account *account)
{
    bp_ranges_destroy(&account->exempt);
    bp_ranges_destroy(&account->data);
    bp_ranges_destroy(&account->mapped);
}

enum bp_memory_class bp_memory_class(int prot, int flags)
{
    if (flags & (MAP_SHARED | MAP_GROWSDOWN)) /* MAP_SHARED_VALIDATE has this bit too */
        return BP_MEMORY_EXEMPT;
    return prot & PROT_WRITE ? BP_MEMORY_DATA : BP_MEMORY_PLAIN;
}

enum bp_memory_class bp_account_class(const struct bp_account *account, u64 addr)
{
    u64 end = addr + BP_PAGE_SIZE;

    if (bp_ranges_contains(&account->exempt, addr, end))
        return BP_MEMORY_EXEMPT;
    return bp_ranges_contains(&account->data, addr, end) ? BP_MEMORY_DATA : BP_MEMORY_PLAIN;
}

static bool within(u64 used, u64 more, u64 limit)
{
    return !more || (used <= limit && more <= limit - used);
}

bool bp_account_fits(const struct bp_account *account, u64 start, u64 replaced, u64 len,
                     enum bp_memory_class class)
{
    u64 more = len - BP_MIN(len, bp_ranges_overlap(&account->mapped, start, start + replaced));

    return within(account->mapped.bytes, more, account->limit_as) &&
           (class != BP_MEMORY_DATA || within(account->data.bytes, more, account->limit_data));
}

void bp_account_map(struct bp_account *account, u64 start, u64 len, enum bp_memory_class class)
{
    u64 end = start + len;

    bp_ranges_add(&account->mapped, start, end);
    bp_ranges_remove(&account->data, start, end);
    bp_ranges_remove(&account->exempt, start, end);
    if (class == BP_MEMORY_DATA)
        bp_ranges_add(&account->data, start, end);
    else if (class == BP_MEMORY_EXEMPT)
        bp_ranges_add(&account->exempt, start, end);
}

void bp_account_unmap(struct bp_account *account, u64 start, u64 len)
{
    bp_ranges_remove(&account->mapped, start, start + len);
    bp_ranges_remove(&account->data, start, start + len);
    bp_ranges_remove(&account->exempt, start, start + len);
}

bool bp_account_may_write(const struct bp_account *account, u64 start, u64 len)
{
    u64 end = start + len;
    u64 more = bp_ranges_overlap(&account->mapped, start, end) -
               bp_ranges_overlap(&account->exempt, start, end) -
               bp_ranges_overlap(&account->data, start, end);

    return within(account->data.bytes, more, account->limit_data);
}

void bp_account_protect(struct bp_account *account, u64 start, u64 len, bool writable)
{
    u64 end = start + len;
    struct bp_range piece = {start, start};

    bp_ranges_remove(&account->data, start, end);
    if (!writable)
        return;
    while (bp_ranges_next(&account->mapped, piece.end, end, &piece))
        bp_ranges_add(&account->data, piece.start, piece.end);
    piece.end = start;
    while (bp_ranges_next(&account->exempt, piece.end, end, &piece))
        bp_ranges_remove(&account->data, piece.start, piece.end);
}
