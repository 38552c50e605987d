/* Extended attributes by name, by link and by descriptor; relative and absolute names. */
#include "compat.h"
#include <sys/xattr.h>

static void show(ssize_t n, const char *buf)
{
    SAY("%.*s", n > 0 ? (int)n : 0, buf);
}

int main(void)
{
    char buf[64] = "";
    int fd = file_with("f", "");
    ssize_t n;

    if (setxattr("f", "user.one", "1", 1, 0) && errno == EOPNOTSUPP)
        skip("the file system has no extended attributes");
    MUST(symlink("f", "link"));
    SHOW(setxattr("f", "user.one", "11", 2, XATTR_CREATE));
    SHOW(setxattr("link", "user.one", "11", 2, XATTR_REPLACE));
    SHOW(setxattr("f", "user.two", "2", 1, XATTR_REPLACE));
    SHOW(lsetxattr("link", "user.three", "3", 1, 0));
    SHOW(fsetxattr(fd, "user.four", "four", 4, 0));
    SHOW(n = getxattr("f", "user.one", buf, sizeof(buf)));
    show(n, buf);
    SHOW(getxattr("f", "user.four", NULL, 0));
    SHOW(getxattr("f", "user.four", buf, 2));
    SHOW(lgetxattr("f", "user.four", buf, 4));
    SHOW(lgetxattr("link", "user.four", buf, 4));
    SHOW(fgetxattr(fd, "user.none", buf, 4));
    SHOW(listxattr("f", NULL, 0));
    SHOW(llistxattr("link", buf, sizeof(buf)));
    SHOW(flistxattr(fd, buf, 1));
    SHOW(removexattr("link", "user.four"));
    SHOW(lremovexattr("f", "user.four"));
    SHOW(fremovexattr(fd, "user.one"));
    SHOW(listxattr("f", buf, sizeof(buf)));
    SHOW(getxattr("missing", "user.one", buf, 4));
    SHOW(setxattr("f", "none", "1", 1, 0));
    SHOW(setxattr("f", "user.one", (void *)8, 1, 0));
    SHOW(fgetxattr(99, "user.one", buf, 4));
    return 0;
}
