/* splice and tee between pipes and FIFOs, which are named pipes, and files. */
#include "compat.h"
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>

static void *write_later(void *arg)
{
    MUST(write(*(int *)arg, "late", 4));
    return NULL;
}

static void show(int fd)
{
    char buf[32] = "";

    SHOW(read(fd, buf, sizeof(buf)));
    SAY("%s", buf);
}

int main(void)
{
    int a, b, p[2], in = file_with("in", "0123456789"), out = file_with("out", "");
    struct iovec iov = {"vector", 6};
    pthread_t thread;

    MUST(mkfifo("a", 0600));
    MUST(mkfifo("b", 0600));
    a = MUST(open("a", O_RDWR));
    b = MUST(open("b", O_RDWR));
    MUST(pipe(p));
    SHOW(splice(in, NULL, a, NULL, 4, 0));
    SHOW(splice(a, NULL, p[1], NULL, 100, 0));
    SHOW(splice(p[0], NULL, b, NULL, 100, 0));
    show(b);
    MUST(write(a, "both", 4));
    SHOW(tee(a, b, 100, 0));
    SHOW(splice(a, NULL, out, NULL, 100, 0));
    SHOW(lseek(out, 0, SEEK_CUR));
    show(b);
    MUST(write(p[1], "copy", 4));
    SHOW(tee(p[0], a, 100, 0));
    show(a);
    show(p[0]);
    SHOW(vmsplice(a, &iov, 1, 0));
    show(a);
    SHOW(splice(a, NULL, b, NULL, 1, SPLICE_F_NONBLOCK));
    SHOW(splice(a, NULL, p[1], NULL, 1, SPLICE_F_NONBLOCK));
    CHECK(!pthread_create(&thread, NULL, write_later, &a));
    SHOW(splice(a, NULL, b, NULL, 100, 0));
    pthread_join(thread, NULL);
    show(b);
    CHECK(!pthread_create(&thread, NULL, write_later, &a));
    SHOW(splice(a, NULL, p[1], NULL, 100, 0));
    pthread_join(thread, NULL);
    show(p[0]);
    return 0;
}
