/* Zero-length transfers, vectors with holes, one byte at a time, writes to a listener. */
#include "net.h"

int main(void)
{
    char buf[16] = "";
    struct iovec out[] = {{NULL, 0}, {"a", 1}, {NULL, 0}, {"bc", 2}};
    struct iovec in[] = {{buf, 1}, {NULL, 0}, {buf + 1, 1}, {buf + 2, 1}};
    int listener = tcp_listener(v4_address("127.0.0.1", 0), 5);
    int pair[2];

    signal(SIGPIPE, SIG_IGN);
    tcp_pair(pair);
    SHOW(write(pair[0], "", 0));
    SHOW(send(pair[0], "", 0, 0));
    SHOW(writev(pair[0], out, 4));
    SHOW(read(pair[1], buf, 0));
    SHOW(readv(pair[1], in, 4));
    SAY("%s", buf);
    for (int i = 0; i < 500; i++) {
        CHECK(write(pair[0], "z", 1) == 1);
        CHECK(read(pair[1], buf, sizeof(buf)) == 1);
    }
    SHOW(write(listener, "x", 1));
    SHOW(read(listener, buf, 1));
    SHOW(lseek(pair[0], 0, SEEK_SET));
    SHOW(pread(pair[0], buf, 1, 0));
    SHOW(ftruncate(pair[0], 0));
    SHOW(fsync(pair[0]));
    return 0;
}
