/* inotify(7): changes of a folder arrive in order and can be polled for. */
#include "compat.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

int main(void)
{
    union {
        struct inotify_event event;
        char bytes[4096];
    } buf;
    struct pollfd p = {.events = POLLIN};
    ssize_t n;

    MUST(mkdir("d", 0700));
    SHOW(p.fd = inotify_init1(IN_NONBLOCK));
    SHOW(inotify_add_watch(p.fd, "d", IN_CREATE | IN_DELETE | IN_CLOSE_WRITE));
    SHOW(read(p.fd, &buf, sizeof(buf)));
    SHOW(poll(&p, 1, 0));
    close(file_with("d/f", ""));
    MUST(unlink("d/f"));
    SHOW(poll(&p, 1, -1));
    n = MUST(read(p.fd, &buf, sizeof(buf)));
    for (char *at = buf.bytes; at < buf.bytes + n;) {
        struct inotify_event *e = (void *)at;

        SAY("%x %s", e->mask, e->name);
        at += sizeof(*e) + e->len;
    }
    SHOW(inotify_add_watch(p.fd, "missing", IN_CREATE));
    SHOW(inotify_rm_watch(p.fd, 99));
    return 0;
}
