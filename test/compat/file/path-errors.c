/* Paths that no call accepts. */
#include "compat.h"
#include <limits.h>
#include <sys/stat.h>

int main(void)
{
    static char name[NAME_MAX + 2], path[PATH_MAX + 1];
    struct stat st;

    memset(name, 'n', NAME_MAX + 1);
    for (size_t i = 0; i < PATH_MAX; i++)
        path[i] = i % 2 ? '/' : '.';
    SHOW(open(name, O_RDONLY));
    SHOW(mkdir(name, 0700));
    name[NAME_MAX] = 0;
    SHOW(mkdir(name, 0700));
    SHOW(rmdir(name));
    SHOW(stat(path, &st));
    path[PATH_MAX - 1] = 0;
    SHOW(stat(path, &st));
    SHOW(mkdir("", 0700));
    SHOW(rename("", "x"));
    SHOW(unlink(""));
    SHOW(stat("", &st));
    SHOW(symlink("", "empty"));
    SHOW(stat("./././missing/../x", &st));
    return 0;
}
