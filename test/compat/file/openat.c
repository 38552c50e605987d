/* openat and its relatives start at the folder given, unless the path is absolute. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    char buf[8] = "";
    int dir, fd, file;

    MUST(mkdir("d", 0700));
    file = file_with("plain", "");
    SHOW(dir = open("d", O_RDONLY | O_DIRECTORY));
    SHOW(fd = openat(dir, "inner", O_RDWR | O_CREAT, 0600));
    SHOW(write(fd, "inner", 5));
    SHOW(access("d/inner", F_OK));
    SHOW(faccessat(dir, "inner", R_OK, 0));
    SHOW(openat(dir, "missing", O_RDONLY));
    SHOW(openat(file, "x", O_RDONLY));
    SHOW(openat(99, "x", O_RDONLY));
    SHOW(!!openat(99, "/dev/null", O_RDONLY));
    SHOW(mkdirat(dir, "sub", 0700));
    SHOW(symlinkat("inner", dir, "link"));
    SHOW(readlinkat(dir, "link", buf, sizeof(buf)));
    SHOW(linkat(dir, "inner", AT_FDCWD, "outer", 0));
    SHOW(renameat(AT_FDCWD, "outer", dir, "moved"));
    SHOW(unlinkat(dir, "sub", 0));
    SHOW(unlinkat(dir, "sub", AT_REMOVEDIR));
    SHOW(access("d/moved", F_OK));
    SHOW(open("d", O_PATH | O_DIRECTORY));
    SHOW(read(open("d/moved", O_PATH), buf, 1));
    return 0;
}
