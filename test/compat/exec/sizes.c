/* Arguments and environment of an exec: a hundred thousand bytes in one, thousands of them; too
 * much. */
#include "../fork/fork.h"

enum {
    COUNT = 20000,
    LONG = 120 << 10
};

int main(int argc, char **argv)
{
    char self[4096] = "", *big = calloc(1, LONG + 1);
    static char *args[100000];
    pid_t pid;

    if (argc > 1 && strcmp(argv[1], "count") == 0) {
        for (int i = 2; i < argc; i++)
            CHECK(strcmp(argv[i], "argument") == 0);
        return argc == COUNT + 2 ? 21 : 1;
    }
    if (argc > 1)
        return strlen(argv[1]) == LONG && argv[1][LONG - 1] == 'x' ? 22 : 1;
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    memset(big, 'x', LONG);
    pid = must_fork();
    if (pid == 0) {
        args[0] = "sizes";
        args[1] = "count";
        for (int i = 0; i < COUNT; i++)
            args[i + 2] = "argument";
        execv(self, args);
        _exit(1);
    }
    reap("many", pid);
    pid = must_fork();
    if (pid == 0) {
        execl(self, "sizes", big, (char *)0);
        _exit(1);
    }
    reap("long", pid);
    args[0] = "sizes";
    for (int i = 1; i < 80; i++)
        args[i] = big;
    SHOW(execv(self, args));
    return 0;
}
