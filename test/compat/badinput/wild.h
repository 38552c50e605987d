/* Pointers that no call may follow, of every kind there is. */
#ifndef COMPAT_WILD_H
#define COMPAT_WILD_H

#include "net.h"
#include <sys/mman.h>

enum {
    PAGE = 4096,
    WILD = 8
};

struct wild {
    const char *name;
    void *at;
};

/* The last is readable: wild only for what is written. */
UNUSED static const struct wild *wild_pointers(void)
{
    static struct wild w[WILD + 1];
    char *edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(edge != MAP_FAILED && none != MAP_FAILED && readonly != MAP_FAILED);
    MUST(munmap(edge + PAGE, PAGE));
    w[0] = (struct wild){"small", (void *)8};
    w[1] = (struct wild){"no access", none};
    w[2] = (struct wild){"end of user space", (void *)0x7fffffffe000};
    w[3] = (struct wild){"not canonical", (void *)0x800000000000};
    w[4] = (struct wild){"kernel", (void *)0xffffffff81000000};
    w[5] = (struct wild){"last byte", (void *)-1};
    w[6] = (struct wild){"across the edge", edge + PAGE - 1};
    w[7] = (struct wild){"the runtime's arena", (void *)0x100000001000};
    w[8] = (struct wild){"read only", readonly};
    return w;
}

/* Makes the call with each wild pointer as `p`. Only the kinds of errno are printed, once each
 * while they repeat. */
#define WITH_WILD(n, call)                                                           \
    do {                                                                             \
        for (int wild_i = 0; wild_i < (n); wild_i++) {                               \
            void *p = wild_pointers_of_program[wild_i].at;                           \
            long ret = (errno = 0, (long)(call));                                    \
            SAY("%s, %s: %ld %s", #call, wild_pointers_of_program[wild_i].name, ret, \
                ret == -1 ? err_name(errno) : "");                                   \
        }                                                                            \
    } while (0)
#define WILD_IN(call) WITH_WILD(WILD, call)
#define WILD_OUT(call) WITH_WILD(WILD + 1, call)

static const struct wild *wild_pointers_of_program;

__attribute__((constructor)) static void find_wild_pointers(void)
{
    wild_pointers_of_program = wild_pointers();
}

#endif
