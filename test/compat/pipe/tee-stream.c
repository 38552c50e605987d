/*
 * A stream copied by tee and then taken away by splice arrives whole: messages of all sizes, from
 * one process by way of a second to a third, which write and read meanwhile.
 */
#include "compat.h"
#include <limits.h>
#include <sys/wait.h>

enum {
    MESSAGES = 20000,
    LARGEST = 65536
};

static unsigned char message[LARGEST];

static size_t length_of(unsigned i)
{
    return 16 + (i * 2654435761u >> 7) % (i % 64 ? 48 : LARGEST - 16);
}

static void write_messages(int fd)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t length = length_of(i), done = 0;

        memset(message, (int)i, length);
        while (done < length)
            done += (size_t)MUST(write(fd, message + done, length - done));
    }
}

static void read_messages(int fd)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t length = length_of(i);

        for (size_t done = 0; done < length;) {
            ssize_t n = MUST(read(fd, message, length - done));

            CHECK(n > 0);
            for (ssize_t j = 0; j < n; j++)
                if (message[j] != (unsigned char)i) {
                    SAY("message %u: wrong byte", i);
                    _exit(1);
                }
            done += (size_t)n;
        }
    }
    CHECK(read(fd, message, 1) == 0);
}

static pid_t start(void (*work)(int), int own, int others[3])
{
    pid_t pid = MUST(fork());

    if (pid)
        return pid;
    for (int i = 0; i < 3; i++)
        MUST(close(others[i]));
    work(own);
    _exit(0);
}

int main(void)
{
    int in[2], out[2], null = MUST(open("/dev/null", O_WRONLY)), status;

    MUST(pipe(in));
    MUST(pipe(out));
    start(write_messages, in[1], (int[]){in[0], out[0], out[1]});
    start(read_messages, out[0], (int[]){in[0], in[1], out[1]});
    MUST(close(in[1]));
    MUST(close(out[0]));
    for (;;) {
        ssize_t n = MUST(tee(in[0], out[1], INT_MAX, 0));

        if (!n)
            break;
        while (n)
            n -= MUST(splice(in[0], NULL, null, NULL, (size_t)n, SPLICE_F_MOVE));
    }
    MUST(close(out[1]));
    for (int i = 0; i < 2; i++) {
        MUST(wait(&status));
        SAY("%d", status);
    }
    return 0;
}
