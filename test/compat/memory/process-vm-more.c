/* process_vm_readv: many pieces, partial transfers, and what is refused. */
#include "compat.h"
#include <sys/mman.h>
#include <sys/uio.h>

enum {
    PAGE = 4096
};

int main(void)
{
    char *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char out[2 * PAGE] = "", a[3], b[5];
    struct iovec many[] = {{a, 3}, {b, 5}}, pieces[] = {{area, 2}, {area + 100, 6}};
    struct iovec local = {out, sizeof(out)}, remote = {area, 2 * PAGE}, bad = {out, (size_t)-1};

    memcpy(area, "ab", 2);
    memcpy(area + 100, "cdefgh", 6);
    SHOW(process_vm_readv(getpid(), many, 2, pieces, 2, 0));
    SAY("%.3s %.5s", a, b);
    MUST(munmap(area + PAGE, PAGE));
    SHOW(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
    SHOW(process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
    MUST(mprotect(area, PAGE, PROT_READ));
    SHOW(process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
    SHOW(process_vm_readv(getpid(), &local, 1, &remote, 1, 1));
    SHOW(process_vm_readv(getpid(), &local, 1025, &remote, 1, 0));
    SHOW(process_vm_readv(getpid(), &bad, 1, &remote, 1, 0));
    SHOW(process_vm_readv(getpid(), (void *)8, 1, &remote, 1, 0));
    SHOW(process_vm_readv(getpid(), &local, 0, &remote, 1, 0));
    SHOW(process_vm_readv(getpid(), &local, 1, &remote, 0, 0));
    SHOW(process_vm_readv(0x7ffffff0, &local, 1, &remote, 1, 0));
    return 0;
}
