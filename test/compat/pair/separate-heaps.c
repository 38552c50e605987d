/*
 * One program uses up its address space; the other's memory is its own.
 *
 * roles: hungry modest
 */
#include "echo.h"
#include <sys/resource.h>

int main(int argc, char **argv)
{
    struct rlimit limit = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    int blocks = 0;

    if (is_role(argc, argv, "hungry")) {
        MUST(setrlimit(RLIMIT_AS, &limit));
        while (malloc(16 << 20))
            blocks++;
        CHECK(blocks > 8 && blocks < 64);
        SAY("%s", err_name(errno));
        return 0;
    }
    for (int i = 0; i < 200; i++) {
        char *p = malloc(32 << 20);

        CHECK(p);
        p[0] = p[(32 << 20) - 1] = 1;
        if (i % 4)
            free(p);
    }
    SAY("had its memory");
    return 0;
}
