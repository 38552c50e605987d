/* access(2) asks for existence and permissions; execution needs an x bit even for root. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    close(file_with("f", ""));
    MUST(chmod("f", 0644));
    SHOW(access("f", F_OK));
    SHOW(access("f", R_OK | W_OK));
    SHOW(access("f", X_OK));
    MUST(chmod("f", 0755));
    SHOW(access("f", X_OK));
    SHOW(access("missing", F_OK));
    SHOW(access("f/x", F_OK));
    SHOW(access("f", 8));
    SHOW(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
    SHOW(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x40000));
    return 0;
}
