/*
 * Processes: made, ended and waited for, one after the other.
 *   fork exit MEGABYTES MILLISECONDS      of a process with so much memory in use; nanoseconds each
 *   fork exec MILLISECONDS                posix_spawn of /bin/true; nanoseconds each
 */
#include "figure.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

char *volatile memory; /* else the compiler knows that nobody reads it, and fills nothing */

static void fill_memory(size_t megabytes)
{
    memory = malloc(megabytes << 20);
    MUST(memory ? 0 : -1);
    memset(memory, 1, megabytes << 20);
}

static pid_t child_that_ends(void)
{
    pid_t pid = MUST(fork());

    if (pid == 0)
        _exit(0);
    return pid;
}

static pid_t child_that_execs(void)
{
    char *argv[] = {"true", NULL};
    pid_t pid;

    errno = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
    MUST(errno ? -1 : 0);
    return pid;
}

int main(int argc, char **argv)
{
    pid_t (*make)(void) = child_that_execs;
    struct stopwatch watch;

    if (strcmp(argv[1], "exit") == 0) {
        fill_memory((size_t)atol(argv[2]));
        make = child_that_ends;
    }
    watch = stopwatch_for(atol(argv[argc - 1]));
    do {
        MUST(waitpid(make(), NULL, 0));
    } while (stopwatch_goes_on(&watch, 1));
    print_figure(ns_per_round(&watch), watch.rounds);
    return 0;
}
