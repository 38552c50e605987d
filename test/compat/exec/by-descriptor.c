/* fexecve(3) and execveat(2): by descriptor, relative to a directory, with an empty path. */
#include "../fork/fork.h"

static int at_directory(void *arg)
{
    int dir = MUST(open("/bin", O_PATH | O_DIRECTORY | O_CLOEXEC));
    char *args[] = {"sh", "-c", "exit 31", NULL};

    (void)arg;
    execveat(dir, "sh", args, environ, 0);
    return 1;
}

static int empty_path(void *arg)
{
    int fd = MUST(open("/bin/sh", O_PATH | O_CLOEXEC));
    char *args[] = {"sh", "-c", "exit 32", NULL};

    (void)arg;
    execveat(fd, "", args, environ, AT_EMPTY_PATH);
    return 1;
}

static int by_fexecve(void *arg)
{
    int fd = MUST(open("/bin/sh", O_RDONLY | O_CLOEXEC));
    char *args[] = {"sh", "-c", "exit 33", NULL};

    (void)arg;
    fexecve(fd, args, environ);
    return 1;
}

int main(void)
{
    reap("directory", spawn(at_directory, NULL));
    reap("empty path", spawn(empty_path, NULL));
    reap("fexecve", spawn(by_fexecve, NULL));
    return 0;
}
