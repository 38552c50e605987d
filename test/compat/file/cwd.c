/* The working folder: chdir, fchdir, getcwd, relative paths, and a folder that was removed. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    char buf[4096];
    int top = MUST(open(".", O_RDONLY | O_DIRECTORY));
    int file = file_with("f", "");
    char *start = getcwd(NULL, 0);

    CHECK(start && start[0] == '/');
    MUST(mkdir("d", 0700));
    SHOW(chdir("d"));
    CHECK(getcwd(buf, sizeof(buf)));
    SAY("%s", buf + strlen(start));
    SHOW_PTR(getcwd(buf, 2));
    SHOW(syscall(SYS_getcwd, buf, sizeof(buf)) == (long)strlen(start) + 3);
    SHOW(access("../f", F_OK));
    SHOW(rmdir("../d"));
    SHOW_PTR(getcwd(buf, sizeof(buf)));
    SHOW(open("new", O_CREAT | O_WRONLY, 0600));
    SHOW(fchdir(top));
    CHECK(getcwd(buf, sizeof(buf)));
    SHOW(strcmp(buf, start));
    SHOW(chdir("f"));
    SHOW(fchdir(file));
    SHOW(chdir("missing"));
    SHOW(fchdir(99));
    SHOW(chdir("/"));
    CHECK(getcwd(buf, sizeof(buf)));
    SAY("%s", buf);
    return 0;
}
