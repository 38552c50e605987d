/* /proc/self/task has a directory for every thread; comm is each thread's own, and can be read of
 * others. */
#include "compat.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int entries(const char *name, int wanted)
{
    DIR *dir = opendir(name);
    struct dirent *entry;
    int count = 0, found = 0;

    CHECK(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        found += atoi(entry->d_name) == wanted;
    }
    closedir(dir);
    return found ? count : -count;
}

static void show_file(const char *name)
{
    char buf[64] = "";
    int fd = MUST(open(name, O_RDONLY));

    MUST(read(fd, buf, sizeof(buf) - 1));
    SAY("%.*s", (int)strcspn(buf, "\n"), buf);
    close(fd);
}

static void *other(void *arg)
{
    char name[64], text[128] = "", wanted[64];
    int tid = (int)syscall(SYS_gettid), fd;
    struct stat st;

    (void)arg;
    MUST(prctl(PR_SET_NAME, "second"));
    SHOW(entries("/proc/self/task", tid));
    snprintf(name, sizeof(name), "/proc/self/task/%d/comm", tid);
    show_file(name);
    show_file("/proc/thread-self/comm");
    show_file("/proc/self/comm");
    snprintf(name, sizeof(name), "/proc/%d/task/%d", getpid(), tid);
    SHOW(stat(name, &st));
    SHOW(S_ISDIR(st.st_mode));
    fd = MUST(open("/proc/thread-self/stat", O_RDONLY));
    MUST(read(fd, text, sizeof(text) - 1));
    snprintf(wanted, sizeof(wanted), "%d (second) R", tid);
    SHOW(strncmp(text, wanted, strlen(wanted)));
    SHOW(access("/proc/self/task/1/comm", F_OK));
    return NULL;
}

int main(void)
{
    pthread_t thread;

    MUST(prctl(PR_SET_NAME, "first"));
    CHECK(!pthread_create(&thread, NULL, other, NULL));
    pthread_join(thread, NULL);
    SHOW(entries("/proc/self/task", getpid()));
    return 0;
}
