/* Threads that write through one descriptor never overwrite each other. */
#include "compat.h"
#include <sys/stat.h>

enum {
    WRITES = 500,
    THREADS = 4
};
static int fd;

static void *writer(void *arg)
{
    char record[16];

    memset(record, 'a' + (long)arg, sizeof(record));
    for (int i = 0; i < WRITES; i++)
        CHECK(write(fd, record, sizeof(record)) == sizeof(record));
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int count[THREADS] = {0};
    char record[16];

    fd = file_with("f", "");
    for (long i = 0; i < THREADS; i++)
        threads[i] = start_thread(writer, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join_thread(threads[i]);
    MUST(lseek(fd, 0, SEEK_SET));
    while (read(fd, record, sizeof(record)) == sizeof(record)) {
        for (size_t i = 1; i < sizeof(record); i++)
            CHECK(record[i] == record[0]);
        count[record[0] - 'a']++;
    }
    for (int i = 0; i < THREADS; i++)
        SAY("thread %d: %d records", i, count[i]);
    return 0;
}
