#include "socket/rights.h"

void bp_rights_drop(struct bp_rights *rights)
{
    if (!rights)
        return;
    for (u32 i = 0; i < rights->count; i++)
        bp_file_drop(rights->files[i]);
    bp_pool_put(BP_POOL_RIGHTS, rights);
}
