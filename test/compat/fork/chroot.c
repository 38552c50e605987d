/*
 * A child changes its root: what it opens, where it is, what it starts and what that finds are
 * below it; a new root needs no /proc. The parent's stays.
 *
 * variants: static
 */
#include "compat.h"
#include <sys/stat.h>
#include <sys/wait.h>

static void report(void)
{
    int status;

    MUST(wait(&status));
    SAY("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void copy_self(const char *to)
{
    int from = MUST(open("/proc/self/exe", O_RDONLY)),
        fd = MUST(open(to, O_CREAT | O_WRONLY, 0755));
    char buf[4096];
    ssize_t n;

    while ((n = MUST(read(from, buf, sizeof(buf)))) > 0)
        CHECK(write(fd, buf, (size_t)n) == n);
    close(fd);
    close(from);
}

static void inside(void)
{
    char *argv[] = {"self", "started", NULL}, cwd[64];
    int out = MUST(dup(1));

    SHOW(access("/only-here", F_OK));
    SHOW(access("/usr", F_OK));
    SHOW(access("../../only-here", F_OK));
    SHOW_PTR(getcwd(cwd, sizeof(cwd)));
    SAY("in %s", cwd);
    SHOW(chroot("nothing"));
    MUST(chroot("deeper"));
    SHOW(chdir("/"));
    SHOW(access("/deepest", F_OK));
    MUST(dup2(out, 1));
    if (!MUST(fork())) {
        execv("/self", argv);
        SAY("execv: %s", err_name(errno));
        _exit(1);
    }
    report();
}

int main(int argc, char **argv UNUSED)
{
    if (argc > 1) {
        SAY("started, /deepest is %s", access("/deepest", F_OK) ? "not there" : "there");
        return 7;
    }
    if (geteuid() != 0)
        skip("only root may change its root");
    MUST(mkdir("root", 0755));
    MUST(mkdir("root/deeper", 0755));
    close(file_with("root/only-here", ""));
    close(file_with("root/deeper/deepest", ""));
    copy_self("root/deeper/self");
    if (!MUST(fork())) {
        SHOW(chroot("root/only-here"));
        SHOW(chroot("none"));
        SHOW(chroot((char *)8));
        SHOW(chroot("root"));
        SHOW(chdir("/"));
        inside();
        exit(0);
    }
    report();
    SHOW(access("/usr", F_OK));
    return 0;
}
