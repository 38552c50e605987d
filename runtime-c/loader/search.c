#include "loader/search.h"
#include "base/host.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Returns 0, -EACCES for what exists and cannot be executed, or why it cannot be reached. */
static int check(const char *path)
{
    struct stat st;
    long ret = bp_host(SYS_newfstatat, AT_FDCWD, path, &st, 0);

    if (ret)
        return (int)ret;
    if (!S_ISREG(st.st_mode))
        return -EACCES;
    return (int)bp_host(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS);
}

static int check_in(const char *dir, int dir_len, const char *name, char *buf, size_t size)
{
    int len = bp_snprintf(buf, size, "%.*s%s%s", dir_len, dir, dir_len ? "/" : "", name);

    return (size_t)len < size ? check(buf) : -ENAMETOOLONG;
}

int bp_find_program(const char *name, const char *path, char *buf, size_t size)
{
    int found = -ENOENT;

    if (!*name)
        return -ENOENT;
    if (strchr(name, '/'))
        return check_in("", 0, name, buf, size);
    for (const char *dir = path ? path : "/bin:/usr/bin", *end; dir; dir = *end ? end + 1 : NULL) {
        int ret;

        for (end = dir; *end && *end != ':';)
            end++;
        ret = check_in(dir, (int)(end - dir), name, buf, size);
        if (!ret)
            return 0;
        if (ret == -EACCES || (ret == -ENAMETOOLONG && found == -ENOENT))
            found = ret;
    }
    return found;
}
