/*
 * The links of /proc/self lead to the program's own files, whatever call follows them, by every
 * name of the process, and relative to directories of /proc.
 */
#include "compat.h"
#include <sys/stat.h>
#include <sys/syscall.h>

static void show_link(const char *name, int from)
{
    char buf[4096] = "", *slash;

    if (SHOW(readlinkat(from, name, buf, sizeof(buf) - 1) > 0)) {
        slash = strrchr(buf, '/');
        SAY("%s: %s", name, slash ? slash : buf);
    }
}

static int same_file(const char *a, const char *b)
{
    struct stat sa, sb;

    MUST(stat(a, &sa));
    MUST(stat(b, &sb));
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

int main(void)
{
    char buf[64], name[64], cwd[4096], real[4096];
    int fd = file_with("f", "0123456789"), proc = MUST(open("/proc", O_RDONLY | O_DIRECTORY));
    int self = MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
    int fds = MUST(open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
    struct stat st;

    snprintf(buf, sizeof(buf), "%d", getpid());
    SHOW(readlink("/proc/self", name, sizeof(name)) == (ssize_t)strlen(buf));
    CHECK(!memcmp(name, buf, strlen(buf)));
    snprintf(buf, sizeof(buf), "%d/task/%d", getpid(), (int)syscall(SYS_gettid));
    SHOW(readlink("/proc/thread-self", name, sizeof(name)) == (ssize_t)strlen(buf));
    CHECK(!memcmp(name, buf, strlen(buf)));

    show_link("/proc/self/exe", AT_FDCWD);
    show_link("/proc/thread-self/exe", AT_FDCWD);
    show_link("self/exe", proc);
    show_link("exe", self);
    show_link("3", fds);
    show_link("77", fds);
    snprintf(name, sizeof(name), "/proc/%d/exe", getpid());
    SHOW(same_file(name, "/proc/self/exe"));
    show_link("/proc/self/root", AT_FDCWD);
    show_link("/proc/self/cwd", AT_FDCWD);
    CHECK(getcwd(cwd, sizeof(cwd)) && realpath("/proc/self/cwd", real));
    SHOW(strcmp(cwd, real));
    SHOW(same_file("/proc/self/cwd/f", "f"));
    SHOW(same_file("/proc/self/root/dev/null", "/dev/null"));
    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    SHOW(same_file(name, "f"));
    SHOW(lstat(name, &st));
    SHOW(S_ISLNK(st.st_mode));
    SHOW(lstat("/proc/self/exe", &st));
    SHOW(S_ISLNK(st.st_mode));
    SHOW(access("/proc/self/exe", X_OK));
    SHOW(truncate(name, 4));
    SHOW(fstat(fd, &st));
    SHOW(st.st_size);
    SHOW(linkat(AT_FDCWD, name, AT_FDCWD, "g", AT_SYMLINK_FOLLOW));
    SHOW(same_file("f", "g"));
    SHOW(open("/proc/self/exe", O_RDONLY | O_NOFOLLOW));
    SHOW(open("/proc/self/fd/077", O_RDONLY));
    SHOW(open("/proc/self/fd/x", O_RDONLY));
    SHOW(open("/proc/self/task/1x", O_RDONLY));
    memset(real, '/', sizeof(real) - 1);
    memcpy(real, "/proc/thread-self/cwd", 21);
    real[sizeof(real) - 1] = 0;
    SHOW(access(real, F_OK) == 0 || errno == ENAMETOOLONG);
    SHOW(access("/proc/self/none", F_OK));
    return 0;
}
