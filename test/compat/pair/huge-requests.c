/*
 * One program asks for more than its limit of data by every call that gives memory; the other goes
 * on allocating.
 *
 * roles: hungry modest
 */
#include "echo.h"
#include <sys/mman.h>
#include <sys/resource.h>

#define MIB ((size_t)1 << 20)

int main(int argc, char **argv)
{
    struct rlimit limit = {64 * MIB, 64 * MIB};
    char *area;

    if (is_role(argc, argv, "hungry")) {
        const int rw = PROT_READ | PROT_WRITE, anon = MAP_PRIVATE | MAP_ANONYMOUS;

        MUST(setrlimit(RLIMIT_DATA, &limit));
        for (int i = 0; i < 100; i++) {
            CHECK(mmap(NULL, 100 * MIB, rw, anon, -1, 0) == MAP_FAILED && errno == ENOMEM);
            CHECK(sbrk(100 * MIB) == (void *)-1 && errno == ENOMEM);
            area = mmap(NULL, 100 * MIB, PROT_READ, anon, -1, 0);
            CHECK(area != MAP_FAILED);
            CHECK(mprotect(area, 100 * MIB, rw) == -1 && errno == ENOMEM);
            MUST(munmap(area, 100 * MIB));
            sched_yield();
        }
        SAY("was refused");
        return 0;
    }
    for (int i = 0; i < 100; i++) {
        area = malloc(100 * MIB);
        CHECK(area);
        area[50 * MIB] = 1;
        free(area);
        sched_yield();
    }
    SAY("had its memory");
    return 0;
}
