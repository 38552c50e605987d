/* Records of PIPE_BUF bytes from many writers are never mixed. */
#include "compat.h"
#include <limits.h>

enum {
    WRITERS = 6,
    RECORDS = 100
};
static int ends[2];

static void *writer(void *arg)
{
    char record[PIPE_BUF];

    memset(record, 'a' + (long)arg, sizeof(record));
    for (int i = 0; i < RECORDS; i++)
        CHECK(write(ends[1], record, sizeof(record)) == sizeof(record));
    return NULL;
}

int main(void)
{
    pthread_t threads[WRITERS];
    char record[PIPE_BUF];
    int count[WRITERS] = {0};

    MUST(pipe(ends));
    for (long i = 0; i < WRITERS; i++)
        threads[i] = start_thread(writer, (void *)i);
    for (int i = 0; i < WRITERS * RECORDS; i++) {
        for (size_t got = 0; got < sizeof(record);)
            got += MUST(read(ends[0], record + got, sizeof(record) - got));
        for (size_t k = 1; k < sizeof(record); k++)
            CHECK(record[k] == record[0]);
        count[record[0] - 'a']++;
    }
    for (int i = 0; i < WRITERS; i++) {
        join_thread(threads[i]);
        SAY("writer %d: %d", i, count[i]);
    }
    return 0;
}
