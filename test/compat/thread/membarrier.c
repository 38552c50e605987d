/* membarrier(2): commands are known by the query; private ones want a registration first. */
#include "compat.h"

enum {
    QUERY = 0,
    GLOBAL = 1,
    PRIVATE_EXPEDITED = 1 << 3,
    REGISTER_PRIVATE_EXPEDITED = 1 << 4
};

static long membarrier(int command, unsigned flags)
{
    return syscall(SYS_membarrier, command, flags, 0);
}

int main(void)
{
    long known = membarrier(QUERY, 0);

    if (known < 0)
        skip("no membarrier");
    SHOW(known & (GLOBAL | PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED));
    SHOW(membarrier(PRIVATE_EXPEDITED, 0));
    SHOW(membarrier(REGISTER_PRIVATE_EXPEDITED, 0));
    SHOW(membarrier(PRIVATE_EXPEDITED, 0));
    SHOW(membarrier(GLOBAL, 0));
    SHOW(membarrier(GLOBAL, 2));
    SHOW(membarrier(1 << 30, 0));
    return 0;
}
