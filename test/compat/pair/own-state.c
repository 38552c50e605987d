/*
 * Working folder, mask, descriptors, handlers, environment, limits and heap are each program's own.
 *
 * roles: one two
 */
#include "echo.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

static volatile int rings;

static void on_alarm(int sig)
{
    (void)sig;
    rings++;
}

int main(int argc, char **argv)
{
    bool one = is_role(argc, argv, "one");
    const char *mine = one ? "folder-one" : "folder-two";
    struct itimerval every = {{0, one ? 3000 : 5000}, {0, one ? 3000 : 5000}}, now;
    struct rlimit limit;
    char cwd[4096];
    struct stat st;
    int fd;

    MUST(mkdir(mine, 0755));
    MUST(chdir(mine));
    umask(one ? 077 : 0);
    setenv("OWN", mine, 1);
    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = one ? 30 : 50;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    if (one)
        on_signal(SIGALRM, on_alarm, SA_RESTART);
    else
        signal(SIGALRM, SIG_IGN);
    MUST(setitimer(ITIMER_REAL, &every, NULL));
    for (int i = 0; i < 15; i++) {
        char *heap = malloc(100000);

        memset(heap, one, 100000);
        sleep_ms(2);
        CHECK(heap[99999] == one);
        CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(strrchr(cwd, '/') + 1, mine) == 0);
        CHECK(strcmp(getenv("OWN"), mine) == 0);
        free(heap);
    }
    SHOW(fd = open("file", O_CREAT | O_WRONLY, 0666));
    MUST(fstat(fd, &st));
    SAY("mode %o", st.st_mode & 0777);
    while ((fd = dup(fd)) >= 0)
        MUST(write(fd, "x", 1));
    SAY("%s", err_name(errno));
    MUST(stat("file", &st));
    SAY("size %ld", (long)st.st_size);
    MUST(getitimer(ITIMER_REAL, &now));
    SAY("interval %ld", (long)now.it_interval.tv_usec);
    while (one && rings < 3)
        pause();
    SAY("rings %s", rings ? "some" : "none");
    return 0;
}
