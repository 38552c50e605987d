/* Paths, abstract names and autobind: what is taken, refused, and told back. */
#include "net.h"
#include <stddef.h>

static int try_bind(const char *path, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));

    memcpy(at.sun_path, path, len);
    if (bind(fd, (void *)&at, offsetof(struct sockaddr_un, sun_path) + len)) {
        SAY("bind: %s", err_name(errno));
        close(fd);
        return -1;
    }
    len = sizeof(at);
    MUST(getsockname(fd, (void *)&at, (socklen_t *)&len));
    SAY("bound, size %d", (int)len);
    return fd;
}

static void try_connect(const char *path, size_t len)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    int ret;

    memcpy(to.sun_path, path, len);
    ret = connect(fd, (void *)&to, offsetof(struct sockaddr_un, sun_path) + len);
    SAY("connect: %s", ret ? err_name(errno) : "ok");
    close(fd);
}

int main(void)
{
    char long_path[108], abstract[64] = "";
    size_t abstract_len;
    int fd;

    memset(long_path, 'l', sizeof(long_path));
    abstract_len = 1 + snprintf(abstract + 1, sizeof(abstract) - 1, "compat-%d", getpid());
    fd = try_bind("path", 5);
    try_bind("path", 5);
    try_connect("path", 5);
    SHOW(listen(fd, 1));
    try_connect("path", 5);
    close(fd);
    try_connect("path", 5);
    try_bind("path", 5);
    SHOW(unlink("path"));
    try_connect("path", 5);
    close(try_bind("path", 4));
    close(try_bind(long_path, 108));
    try_bind("missing/path", 13);
    fd = try_bind(abstract, abstract_len) >= 0;
    try_bind(abstract, abstract_len);
    try_connect(abstract, abstract_len);
    try_connect(abstract, abstract_len + 1);
    close(file_with("plain", ""));
    try_connect("plain", 6);
    fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    SHOW(bind(fd, (void *)&(sa_family_t){AF_UNIX}, sizeof(sa_family_t)));
    SHOW(bind(fd, (void *)&(sa_family_t){AF_UNIX}, 1));
    SHOW(bind(fd, (void *)&(sa_family_t){AF_INET}, sizeof(sa_family_t)));
    SHOW(listen(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), 1));
    return 0;
}
