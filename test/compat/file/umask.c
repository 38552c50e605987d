/* The mask takes permissions from every kind of new file; umask gives the old one back. */
#include "compat.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void show_mode(const char *path)
{
    struct stat st;

    MUST(stat(path, &st));
    SAY("%s %o", path, st.st_mode & 07777);
}

int main(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "socket"};

    umask(0);
    SHOW(umask(027));
    SHOW(umask(027));
    MUST(open("f", O_CREAT | O_WRONLY, 0666));
    MUST(mkdir("d", 0777));
    MUST(mkfifo("p", 0666));
    MUST(bind(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&addr, sizeof(addr)));
    show_mode("f");
    show_mode("d");
    show_mode("p");
    show_mode("socket");
    SHOW(umask(07777777));
    SHOW(umask(0));
    SHOW(chmod("f", 06711));
    show_mode("f");
    SHOW(fchmod(MUST(open("f", O_RDONLY)), 0400));
    show_mode("f");
    SHOW(chmod("missing", 0400));
    return 0;
}
