/*
 * /proc/self/exe names and opens the program itself, not whatever loaded it.
 *
 * variants: glibc static musl
 */
#include "compat.h"
#include <sys/stat.h>

int main(int argc, char **argv)
{
    struct stat by_link, by_name;
    char real[4096], link[4096] = "", head[4];

    CHECK(argc > 0 && realpath(argv[0], real));
    CHECK(readlink("/proc/self/exe", link, sizeof(link) - 1) == (ssize_t)strlen(real));
    SHOW(strcmp(link, real));
    SHOW(readlink("/proc/self/exe", link, 5));
    SAY("%.5s", link);
    memset(link, 0, sizeof(link));
    SHOW(readlinkat(AT_FDCWD, "/proc/self/exe", link, sizeof(link)) == (ssize_t)strlen(real));
    MUST(stat("/proc/self/exe", &by_link));
    MUST(stat(argv[0], &by_name));
    SHOW(by_link.st_ino == by_name.st_ino);
    SHOW(read(MUST(open("/proc/self/exe", O_RDONLY)), head, 4));
    SHOW(memcmp(head, "\177ELF", 4));
    SHOW(open("/proc/self/exe", O_WRONLY));
    return 0;
}
