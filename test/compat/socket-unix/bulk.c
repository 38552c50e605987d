/* Megabytes through a unix stream between two threads. */
#include "net.h"

enum {
    TOTAL = 48 << 20
};
static int pair[2];

static void *sender(void *arg)
{
    static uint32_t block[40000];

    for (uint32_t done = 0; done < TOTAL / 4; done += ARRAY_SIZE(block)) {
        uint32_t n = TOTAL / 4 - done < ARRAY_SIZE(block) ? TOTAL / 4 - done : ARRAY_SIZE(block);

        for (uint32_t i = 0; i < n; i++)
            block[i] = (done + i) * 2654435761u;
        write_all(pair[0], block, n * 4);
    }
    close(pair[0]);
    return arg;
}

int main(void)
{
    static uint32_t block[30011];
    pthread_t thread;
    uint32_t at = 0;
    size_t n;

    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    thread = start_thread(sender, NULL);
    while ((n = read_all(pair[1], block, sizeof(block))) > 0) {
        CHECK(n % 4 == 0);
        for (size_t i = 0; i < n / 4; i++)
            CHECK(block[i] == at++ * 2654435761u);
    }
    join_thread(thread);
    SAY("%u", at * 4);
    return 0;
}
