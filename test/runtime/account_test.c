// sources: runtime-c/memory/account.c runtime-c/memory/ranges.c
/* What a program has mapped, against its limits. */
#include "check.h"
#include "memory/account.h"

#include <sys/mman.h>

enum {
    PAGE = BP_PAGE_SIZE
};

static struct bp_account account;

static void classes(void)
{
    check(bp_memory_class(PROT_READ | PROT_WRITE, MAP_PRIVATE) == BP_MEMORY_DATA,
          "private writable");
    check(bp_memory_class(PROT_READ, MAP_PRIVATE) == BP_MEMORY_PLAIN, "private, not writable");
    check(bp_memory_class(PROT_WRITE, MAP_SHARED) == BP_MEMORY_EXEMPT, "shared");
    check(bp_memory_class(PROT_WRITE, MAP_SHARED_VALIDATE) == BP_MEMORY_EXEMPT,
          "shared, validated");
    check(bp_memory_class(PROT_WRITE, MAP_PRIVATE | MAP_GROWSDOWN) == BP_MEMORY_EXEMPT, "a stack");
}

static void counts(void)
{
    bp_account_map(&account, 10 * PAGE, 10 * PAGE, BP_MEMORY_DATA);
    bp_account_map(&account, 20 * PAGE, 10 * PAGE, BP_MEMORY_EXEMPT);
    bp_account_map(&account, 40 * PAGE, 10 * PAGE, BP_MEMORY_PLAIN);
    check(account.mapped.bytes == 30 * PAGE && account.data.bytes == 10 * PAGE, "what is mapped");
    bp_account_protect(&account, 15 * PAGE, 30 * PAGE, true);
    check(account.data.bytes == 15 * PAGE, "only private pages that are there become data");
    bp_account_protect(&account, 10 * PAGE, 2 * PAGE, false);
    check(account.data.bytes == 13 * PAGE, "pages that are no longer writable");
    bp_account_map(&account, 12 * PAGE, 2 * PAGE, BP_MEMORY_PLAIN);
    check(account.mapped.bytes == 30 * PAGE && account.data.bytes == 11 * PAGE, "a replaced part");
    check(bp_account_class(&account, 25 * PAGE) == BP_MEMORY_EXEMPT &&
              bp_account_class(&account, 14 * PAGE) == BP_MEMORY_DATA &&
              bp_account_class(&account, 49 * PAGE) == BP_MEMORY_PLAIN,
          "the class of a page");
}

static void limits(void)
{
    account.limit_as = 32 * PAGE;
    account.limit_data = 12 * PAGE;
    check(bp_account_fits(&account, 0, 0, 2 * PAGE, BP_MEMORY_EXEMPT),
          "as much as there is room for");
    check(!bp_account_fits(&account, 0, 0, 3 * PAGE, BP_MEMORY_EXEMPT), "a page too many");
    check(bp_account_fits(&account, 49 * PAGE, 3 * PAGE, 3 * PAGE, BP_MEMORY_EXEMPT),
          "over another");
    check(!bp_account_fits(&account, 0, 0, 2 * PAGE, BP_MEMORY_DATA), "data has its own limit");
    check(bp_account_may_write(&account, 45 * PAGE, PAGE), "one page may become writable");
    check(!bp_account_may_write(&account, 45 * PAGE, 2 * PAGE), "two may not");
    check(bp_account_may_write(&account, 20 * PAGE, 10 * PAGE), "shared ones are free");
    account.limit_as = PAGE;
    check(!bp_account_fits(&account, 0, 0, PAGE, BP_MEMORY_PLAIN), "a limit below what is used");
    check(bp_account_fits(&account, 40 * PAGE, PAGE, PAGE, BP_MEMORY_PLAIN),
          "nothing more than before");
}

static void unmap(void)
{
    bp_account_unmap(&account, 0, 100 * PAGE);
    check(!account.mapped.bytes && !account.data.bytes && !account.exempt.bytes, "all is gone");
}

int main(void)
{
    bp_account_init(&account);
    classes();
    counts();
    limits();
    unmap();
    bp_account_destroy(&account);
    return failures != 0;
}
