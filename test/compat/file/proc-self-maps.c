/* /proc/self/maps shows where the program's own code is, and that it may be executed. */
#include "compat.h"

int main(void)
{
    unsigned long from, to, at = (unsigned long)main;
    char line[4096], perms[5];
    FILE *maps = fopen("/proc/self/maps", "r");
    int found = 0;

    CHECK(maps);
    while (fgets(line, sizeof(line), maps))
        if (sscanf(line, "%lx-%lx %4s", &from, &to, perms) == 3 && from <= at && at < to) {
            SAY("%.2s%c", perms[0] == 'r' ? "r-" : "??", perms[2]);
            SAY("%s", strstr(line, "/proc-self-maps") ? "named" : "not named");
            found++;
        }
    SAY("%d", found);
    return 0;
}
