/* sendfile(2) from a file to a file, a pipe and a socket; with an offset and with the file's own.
 */
#include "compat.h"
#include <sys/sendfile.h>
#include <sys/socket.h>

int main(void)
{
    char buf[32] = "";
    int in = file_with("in", "0123456789");
    int out = file_with("out", "");
    int ends[2], pair[2];
    off_t offset = 3;

    MUST(pipe(ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    SHOW(sendfile(out, in, &offset, 4));
    SAY("offset %ld", (long)offset);
    SHOW(lseek(in, 0, SEEK_CUR));
    SHOW(sendfile(ends[1], in, NULL, 5));
    SHOW(lseek(in, 0, SEEK_CUR));
    SHOW(sendfile(pair[0], in, NULL, 100));
    SHOW(sendfile(pair[0], in, NULL, 100));
    SHOW(read(ends[0], buf, sizeof(buf)));
    SAY("%.5s", buf);
    SHOW(read(pair[1], buf, sizeof(buf)));
    SAY("%.5s", buf);
    SHOW(pread(out, buf, sizeof(buf), 0));
    SAY("%.4s", buf);
    SHOW(sendfile(out, pair[0], NULL, 4));
    SHOW(sendfile(99, in, NULL, 4));
    SHOW(sendfile(out, 99, NULL, 4));
    SHOW(sendfile(out, ends[1], NULL, 4));
    offset = -1;
    SHOW(sendfile(out, in, &offset, 4));
    return 0;
}
