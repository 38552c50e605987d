/*
 * However many threads of a program wait in calls that only others can end (a FIFO's open, locks),
 * the files of its neighbour are read, written and synced as ever.
 *
 * roles: waiter worker
 */
#include "compat.h"
#include <sys/file.h>
#include <sys/stat.h>

enum {
    WAITERS = 50
};

static void *wait_for_writer(void *arg)
{
    char path[32];
    int fd;

    snprintf(path, sizeof(path), "fifo%ld", (long)arg);
    MUST(mkfifo(path, 0600));
    close(file_with("begun", ""));
    fd = MUST(open(path, O_RDONLY));
    close(fd);
    return NULL;
}

static void *wait_for_lock(void *arg UNUSED)
{
    int fd = MUST(open("lock", O_RDWR | O_CREAT, 0600));

    MUST(flock(fd, LOCK_EX));
    MUST(flock(fd, LOCK_UN));
    close(fd);
    return NULL;
}

static void wait_for_file(const char *path)
{
    while (access(path, F_OK))
        sleep_ms(1);
}

static void run_waiter(void)
{
    int fd = MUST(open("lock", O_RDWR | O_CREAT, 0600));
    pthread_t threads[2 * WAITERS];
    char path[32];

    MUST(flock(fd, LOCK_EX));
    for (long i = 0; i < WAITERS; i++) {
        threads[i] = start_thread(wait_for_writer, (void *)i);
        threads[WAITERS + i] = start_thread(wait_for_lock, NULL);
    }
    for (int i = 0; i < WAITERS; i++) {
        snprintf(path, sizeof(path), "fifo%d", i);
        wait_for_file(path);
    }
    close(file_with("waiting", ""));
    wait_for_file("done");
    MUST(flock(fd, LOCK_UN));
    for (int i = 0; i < WAITERS; i++) {
        snprintf(path, sizeof(path), "fifo%d", i);
        close(MUST(open(path, O_WRONLY)));
    }
    for (int i = 0; i < 2 * WAITERS; i++)
        join_thread(threads[i]);
    SAY("all woken");
}

static void run_worker(void)
{
    char byte = 0;
    int fd;

    wait_for_file("waiting");
    fd = file_with("data", "0123456789");
    for (int i = 0; i < 20; i++) {
        MUST(pwrite(fd, &byte, 1, i));
        MUST(fsync(fd));
    }
    close(fd);
    SAY("worked");
    close(file_with("done", ""));
}

int main(int argc, char **argv)
{
    compat_prefix = "";
    if (argc > 1 && strcmp(argv[1], "waiter") == 0) {
        compat_prefix = "waiter: ";
        run_waiter();
    } else {
        compat_prefix = "worker: ";
        run_worker();
    }
    return 0;
}
