#include "socket/rights.h"

/* What each worker has to drop once it is done with what it is dropping. Private to the process. */
static struct {
    bool dropping;
    struct bp_rights *pending;
} workers[BP_WORKERS_MAX];

struct bp_rights *bp_rights_create(void)
{
    struct bp_rights *rights = NULL;

    if (bp_pool_in_use(BP_POOL_RIGHTS) < BP_RIGHTS_IN_FLIGHT_MAX)
        rights = bp_pool_get(BP_POOL_RIGHTS);
    if (rights)
        rights->count = 0;
    return rights;
}

void bp_rights_drop(struct bp_rights *rights)
{
    u32 cpu = bp_cpu(); /* stays the same: nothing here parks */

    if (!rights)
        return;
    rights->next = workers[cpu].pending;
    workers[cpu].pending = rights;
    if (workers[cpu].dropping)
        return;
    workers[cpu].dropping = true;
    while ((rights = workers[cpu].pending)) {
        workers[cpu].pending = rights->next;
        for (u32 i = 0; i < rights->count; i++)
            bp_file_drop(rights->files[i]);
        bp_pool_put(BP_POOL_RIGHTS, rights);
    }
    workers[cpu].dropping = false;
}
