/*
 * stat, fstat, lstat, fstatat and statx tell the same of one file.
 *
 * variants: glibc musl
 */
#include "compat.h"
#include <sys/stat.h>

static void show_stat(const char *what, const struct stat *st)
{
    SAY("%s: mode %o links %lu size %ld", what, st->st_mode, (unsigned long)st->st_nlink,
        S_ISDIR(st->st_mode) ? 0L : (long)st->st_size);
}

int main(void)
{
    struct stat st, again;
    int ends[2];
    int fd = file_with("f", "0123456789");

    umask(022);
    MUST(mkdir("d", 0755));
    MUST(symlink("f", "link"));
    MUST(link("f", "hard"));
    MUST(stat("f", &st));
    show_stat("stat", &st);
    MUST(fstat(fd, &again));
    CHECK(st.st_ino == again.st_ino && st.st_dev == again.st_dev);
    MUST(stat("link", &again));
    CHECK(st.st_ino == again.st_ino);
    MUST(lstat("link", &again));
    show_stat("lstat", &again);
    MUST(fstatat(AT_FDCWD, "link", &again, AT_SYMLINK_NOFOLLOW));
    show_stat("fstatat nofollow", &again);
    MUST(fstatat(fd, "", &again, AT_EMPTY_PATH));
    show_stat("fstatat empty path", &again);
    MUST(stat("d", &st));
    show_stat("directory", &st);
    MUST(pipe(ends));
    MUST(fstat(ends[0], &st));
    CHECK(S_ISFIFO(st.st_mode));
    MUST(stat("/dev/null", &st));
    CHECK(S_ISCHR(st.st_mode));
    SHOW(stat("missing", &st));
    SHOW(stat("f/x", &st));
    SHOW(fstat(99, &st));
    SHOW(fstatat(AT_FDCWD, "f", &st, 0x40000));
    return 0;
}
