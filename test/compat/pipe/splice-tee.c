/* splice, tee and vmsplice move bytes between pipes and files. */
#include "compat.h"
#include <sys/uio.h>

int main(void)
{
    char buf[32] = "";
    struct iovec iov = {"vector", 6};
    loff_t offset = 3;
    int a[2], b[2];
    int in = file_with("in", "0123456789"), out = file_with("out", "");

    MUST(pipe(a));
    MUST(pipe(b));
    SHOW(splice(in, &offset, a[1], NULL, 4, 0));
    SAY("offset %ld", (long)offset);
    SHOW(tee(a[0], b[1], 100, 0));
    SHOW(splice(a[0], NULL, out, NULL, 100, 0));
    SHOW(pread(out, buf, sizeof(buf), 0));
    SAY("%s", buf);
    SHOW(read(b[0], buf, sizeof(buf)));
    SHOW(vmsplice(a[1], &iov, 1, 0));
    SHOW(read(a[0], buf, sizeof(buf)));
    SAY("%.6s", buf);
    SHOW(splice(a[0], NULL, b[1], NULL, 10, SPLICE_F_NONBLOCK));
    SHOW(splice(in, NULL, out, NULL, 4, 0));
    SHOW(splice(a[0], &offset, out, NULL, 4, 0));
    SHOW(tee(in, b[1], 4, 0));
    SHOW(splice(99, NULL, b[1], NULL, 4, 0));
    return 0;
}
