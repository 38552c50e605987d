/*
 * splice, tee and vmsplice: what waits, ends and refusals of each combination of pipes, files and
 * sockets; nothing is lost that the other side does not take.
 */
#include "compat.h"
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char big[1 << 20] __attribute__((aligned(4096)));

static void *write_later(void *arg)
{
    int fd = *(int *)arg;

    MUST(write(fd, "late", 4));
    return NULL;
}

static void refusals(int in, int out, int p[2], int q[2], int s)
{
    loff_t offset = 0, bad = -1;

    SHOW(splice(in, NULL, p[1], NULL, 0, 0x100));
    SHOW(splice(in, NULL, p[1], NULL, 1, 0x100));
    SHOW(splice(in, NULL, p[1], NULL, 1, SPLICE_F_MOVE | SPLICE_F_MORE | SPLICE_F_GIFT));
    SHOW(splice(p[0], NULL, 99, NULL, 1, 0));
    SHOW(splice(p[1], NULL, q[1], NULL, 1, 0));
    SHOW(splice(p[0], NULL, q[0], NULL, 1, 0));
    SHOW(splice(p[0], NULL, p[1], NULL, 1, 0));
    SHOW(splice(p[0], NULL, q[1], &offset, 1, 0));
    SHOW(splice(in, (loff_t *)8, p[1], NULL, 1, 0));
    SHOW(splice(in, &bad, p[1], NULL, 1, 0));
    SHOW(splice(s, &offset, p[1], NULL, 1, 0));
    SHOW(splice(p[0], NULL, out, &bad, 1, 0));
    SHOW(splice(p[0], NULL, MUST(open(".", O_RDONLY)), NULL, 1, 0));
    SHOW(splice(MUST(open(".", O_RDONLY)), NULL, p[1], NULL, 1, 0));
    SHOW(splice(p[0], NULL, MUST(open("out", O_WRONLY | O_APPEND)), NULL, 1, 0));
    SHOW(splice(p[0], NULL, MUST(eventfd(0, 0)), NULL, 1, 0));
    SHOW(splice(MUST(eventfd(1, 0)), NULL, p[1], NULL, 1, 0));
    SHOW(splice(s, NULL, out, NULL, 1, 0));
    SHOW(tee(p[0], p[1], 1, 0));
    SHOW(tee(p[0], q[1], 0, 0));
    SHOW(tee(p[0], q[1], 1, 0x100));
    SHOW(tee(p[1], q[1], 1, 0));
    SHOW(tee(99, q[1], 1, 0));
    SHOW(tee(s, q[1], 1, 0));
    SHOW(vmsplice(99, NULL, 0, 0));
    SHOW(vmsplice(p[1], NULL, 0, 0x100));
    SHOW(vmsplice(p[1], NULL, 0, 0));
    SHOW(vmsplice(p[1], (struct iovec *)8, 1, 0));
    SHOW(vmsplice(p[1], NULL, 5000, 0));
    SHOW(vmsplice(out, &(struct iovec){big, 1}, 1, 0));
}

static void drain(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    MUST(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    while (read(fd, big, sizeof(big)) > 0)
        ;
    MUST(fcntl(fd, F_SETFL, flags));
}

static void waiting(int in, int out, int p[2], int q[2])
{
    char buf[16] = "";
    loff_t offset = 0;
    pthread_t thread;

    CHECK(!pthread_create(&thread, NULL, write_later, &p[1]));
    SHOW(splice(p[0], NULL, q[1], NULL, 100, 0));
    pthread_join(thread, NULL);
    CHECK(!pthread_create(&thread, NULL, write_later, &p[1]));
    SHOW(tee(p[0], q[1], 2, 0));
    pthread_join(thread, NULL);
    SHOW(splice(p[0], NULL, out, NULL, 100, 0));
    SHOW(lseek(out, 0, SEEK_CUR));
    SHOW(read(q[0], buf, sizeof(buf)));
    SAY("%s", buf);
    SHOW(splice(p[0], NULL, q[1], NULL, 1, SPLICE_F_NONBLOCK));
    SHOW(tee(p[0], q[1], 1, SPLICE_F_NONBLOCK));
    SHOW(splice(p[0], NULL, out, NULL, 1, SPLICE_F_NONBLOCK));
    SHOW(vmsplice(p[0], &(struct iovec){buf, 1}, 1, SPLICE_F_NONBLOCK));
    MUST(fcntl(p[0], F_SETFL, O_NONBLOCK));
    SHOW(splice(p[0], NULL, q[1], NULL, 1, 0));
    MUST(fcntl(p[0], F_SETFL, 0));

    /* A full pipe. */
    SHOW(splice(in, &offset, q[1], NULL, sizeof(big), 0));
    SAY("offset %ld", (long)offset);
    SHOW(splice(in, &offset, q[1], NULL, 1, SPLICE_F_NONBLOCK));
    SHOW(vmsplice(q[1], &(struct iovec){big, 1}, 1, SPLICE_F_NONBLOCK));
    MUST(write(p[1], "left", 4));
    SHOW(splice(p[0], NULL, q[1], NULL, 4, SPLICE_F_NONBLOCK));
    SHOW(tee(p[0], q[1], 4, SPLICE_F_NONBLOCK));
    SHOW(read(p[0], buf, sizeof(buf)));
    drain(q[0]);
    SHOW(splice(in, NULL, q[1], NULL, 10, 0));
    SHOW(lseek(in, 0, SEEK_CUR));
    MUST(lseek(in, 0, SEEK_END));
    SHOW(splice(in, NULL, p[1], NULL, 10, 0));
    drain(q[0]);
    SHOW(vmsplice(q[1], &(struct iovec){big, sizeof(big)}, 1, 0));
    drain(q[0]);
}

static void sockets(int out, int p[2], int s[2])
{
    char buf[16] = "";
    loff_t offset = 2;
    int full = 0;

    MUST(write(p[1], "to socket", 9));
    SHOW(splice(p[0], NULL, s[0], NULL, 100, 0));
    SHOW(splice(s[1], NULL, p[1], NULL, 6, 0));
    SHOW(read(p[0], buf, sizeof(buf)));
    SAY("%s", buf);
    SHOW(splice(s[1], NULL, p[1], NULL, 100, SPLICE_F_NONBLOCK));
    SHOW(splice(s[1], NULL, p[1], NULL, 100, SPLICE_F_NONBLOCK));
    SHOW(splice(p[0], NULL, out, &offset, 100, 0));
    SAY("offset %ld", (long)offset);

    /* What a full socket does not take stays in the pipe. */
    MUST(fcntl(s[0], F_SETFL, O_NONBLOCK));
    while (write(s[0], big, 4096) > 0)
        full++;
    CHECK(full);
    MUST(write(p[1], "kept", 4));
    SHOW(splice(p[0], NULL, s[0], NULL, 4, 0));
    SHOW(read(p[0], buf, sizeof(buf)));
    SAY("%.4s", buf);
    close(s[0]);
    drain(s[1]);
    SHOW(splice(s[1], NULL, p[1], NULL, 4, 0));
    MUST(write(p[1], "kept", 4));
    SHOW(splice(p[0], NULL, s[1], NULL, 4, 0));
}

static void ends(int in, int p[2], int q[2])
{
    int closed[2];
    char c;

    drain(p[0]);
    close(q[0]);
    MUST(write(p[1], "stay", 4));
    SHOW(splice(p[0], NULL, q[1], NULL, 4, 0));
    SHOW(tee(p[0], q[1], 4, 0));
    SHOW(splice(in, NULL, q[1], NULL, 4, 0));
    SHOW(vmsplice(q[1], &(struct iovec){big, 1}, 1, 0));
    MUST(pipe(closed));
    close(p[1]);
    SHOW(splice(p[0], NULL, closed[1], NULL, 100, 0));
    SHOW(splice(p[0], NULL, closed[1], NULL, 100, 0));
    SHOW(tee(p[0], closed[1], 100, 0));
    SHOW(vmsplice(p[0], &(struct iovec){&c, 1}, 1, 0));
}

int main(void)
{
    int p[2], q[2], s[2], in, out = file_with("out", "");

    memset(big, 'x', sizeof(big));
    MUST(write(file_with("in", ""), big, 100000));
    in = MUST(open("in", O_RDONLY));
    MUST(pipe(p));
    MUST(pipe(q));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    refusals(in, out, p, q, s[0]);
    drain(p[0]);
    waiting(in, out, p, q);
    sockets(out, p, s);
    MUST(lseek(in, 0, SEEK_SET));
    ends(in, p, q);
    return 0;
}
