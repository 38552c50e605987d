/* /proc/self/fd names what a descriptor stands for, and opens it anew. */
#include "compat.h"
#include <dirent.h>
#include <sys/syscall.h>

int main(void)
{
    char buf[4096] = "", path[64], *slash;
    struct dirent *entry;
    int listed = 0;
    int fd = file_with("f", "0123456789");
    int again;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK(readlink(path, buf, sizeof(buf) - 1) > 0);
    slash = strrchr(buf, '/');
    SAY("%s", slash);
    MUST(lseek(fd, 5, SEEK_SET));
    SHOW(again = open(path, O_RDONLY));
    SHOW(lseek(again, 0, SEEK_CUR));
    SHOW(readlink("/proc/self/fd/77", buf, sizeof(buf)));
    dir = opendir("/proc/self/fd");
    CHECK(dir);
    MUST(syscall(SYS_close_range, dirfd(dir) + 1, ~0U, 0)); /* what the test was started with */
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
            listed++;
    SAY("%d descriptors", listed);
    return 0;
}
