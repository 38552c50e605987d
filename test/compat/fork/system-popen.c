/*
 * system(3) and popen(3).
 *
 * variants: glibc musl static
 */
#include "fork.h"

int main(void)
{
    char line[64] = "";
    FILE *f;

    SHOW(system(NULL) != 0);
    SAY("%s", status_name(system("exit 5")));
    SAY("%s", status_name(system("kill -KILL $$")));
    SAY("%s", status_name(system("/no/such/program 2>/dev/null")));
    MUST(system("echo through the shell | tr a-z A-Z"));
    f = popen("cat /dev/null; echo one; echo two; exit 3", "r");
    CHECK(f);
    while (fgets(line, sizeof(line), f))
        printf("%s", line);
    SAY("%s", status_name(pclose(f)));
    f = popen("tr a-z A-Z; exit 6", "w");
    CHECK(f);
    fprintf(f, "written to the child\n");
    SAY("%s", status_name(pclose(f)));
    return 0;
}
