/* utimensat and futimens set the times they are given, and only those. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    struct timespec times[2] = {{1000, 1}, {2000, 2}};
    struct stat st;
    int fd = file_with("f", "");

    SHOW(utimensat(AT_FDCWD, "f", times, 0));
    MUST(stat("f", &st));
    SAY("%ld.%ld %ld.%ld", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec,
        st.st_mtim.tv_nsec);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = 3000;
    SHOW(futimens(fd, times));
    MUST(stat("f", &st));
    SAY("%ld %ld", st.st_atim.tv_sec, st.st_mtim.tv_sec);
    times[1].tv_nsec = 1000000000;
    SHOW(futimens(fd, times));
    SHOW(utimensat(AT_FDCWD, "missing", NULL, 0));
    return 0;
}
