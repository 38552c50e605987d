/* process_vm_readv and writev on the program itself. */
#include "compat.h"
#include <sys/uio.h>

int main(void)
{
    char from[] = "0123456789", to[8] = "";
    struct iovec local = {to, 4}, remote = {from + 2, 4};

    SHOW(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
    SAY("%s", to);
    memcpy(to, "abcd", 4);
    SHOW(process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
    SAY("%s", from);
    remote.iov_base = (void *)8;
    SHOW(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
    return 0;
}
