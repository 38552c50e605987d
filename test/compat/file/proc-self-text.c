/*
 * /proc/self/cmdline and /proc/self/comm are the program's own; the name can be changed.
 *
 * args: first  third
 */
#include "compat.h"
#include <sys/prctl.h>

static ssize_t slurp(const char *path, char *buf, size_t size)
{
    int fd = MUST(open(path, O_RDONLY));
    ssize_t n = MUST(read(fd, buf, size - 1));

    buf[n] = 0;
    close(fd);
    return n;
}

int main(int argc, char **argv)
{
    char buf[4096], name[16] = "";
    size_t n = slurp("/proc/self/cmdline", buf, sizeof(buf));
    size_t at = 0;

    for (int i = 0; i < argc; i++) {
        CHECK(strcmp(buf + at, argv[i]) == 0);
        at += strlen(argv[i]) + 1;
    }
    SHOW(at == n);
    slurp("/proc/self/comm", buf, sizeof(buf));
    SAY("%s", buf);
    SHOW(prctl(PR_SET_NAME, "a-name-longer-than-15"));
    SHOW(prctl(PR_GET_NAME, name));
    SAY("%s", name);
    slurp("/proc/self/comm", buf, sizeof(buf));
    SAY("%s", buf);
    return 0;
}
