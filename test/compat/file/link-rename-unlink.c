/* Names of files: made, moved and removed, with the refusals that Linux documents. */
#include "compat.h"
#include <sys/stat.h>

int main(void)
{
    char buf[64] = "";

    close(file_with("a", "a"));
    close(file_with("b", "b"));
    MUST(mkdir("d", 0700));
    MUST(mkdir("full", 0700));
    close(file_with("full/x", ""));
    SHOW(link("a", "b"));
    SHOW(link("a", "c"));
    SHOW(link("missing", "e"));
    SHOW(symlink("a", "b"));
    SHOW(symlink("target/of/link", "s"));
    SHOW(readlink("s", buf, sizeof(buf)));
    SAY("%s", buf);
    SHOW(readlink("s", buf, 6));
    SHOW(readlink("a", buf, sizeof(buf)));
    SHOW(rename("a", "b"));
    SHOW(access("a", F_OK));
    SHOW(rename("a", "z"));
    SHOW(rename("b", "d"));
    SHOW(rename("d", "b"));
    SHOW(rename("d", "full"));
    SHOW(rename("full", "full/inside"));
    SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE));
    SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "s", RENAME_EXCHANGE));
    SHOW(readlink("b", buf, sizeof(buf)));
    SHOW(unlink("d"));
    SHOW(unlink("missing"));
    SHOW(rmdir("full"));
    SHOW(rmdir("c"));
    SHOW(rmdir("."));
    SHOW(mkdir("d", 0700));
    SHOW(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
    SHOW(unlink("full/x"));
    SHOW(rmdir("full"));
    return 0;
}
