/*
 * posix_spawn(3): errors of the child's reach the parent; file actions and attributes act in the
 * child, in order.
 *
 * variants: glibc musl static
 */
#include "fork.h"
#include <spawn.h>

extern char **environ;

static void run(const char *what, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, const char *path, const char *script)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    pid_t pid = -1;
    int err;

    fflush(stdout);
    err = posix_spawn(&pid, path, actions, attributes, argv, environ);
    SAY("%s: %s", what, err ? err_name(err) : "0");
    if (!err)
        reap(what, pid);
}

int main(void)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t set;
    char text[64] = "";
    int fd, fds[2];
    pid_t pid;
    char *argv[] = {"sh", "-c", "exit 12", NULL};

    run("plain", NULL, NULL, "/bin/sh", "exit 3");
    run("none", NULL, NULL, "./none", "");
    run("directory", NULL, NULL, "/tmp", "");
    close(file_with("plain-file", "#!/bin/sh\nexit 1\n"));
    run("not executable", NULL, NULL, "./plain-file", "");

    MUST(pipe2(fds, O_CLOEXEC));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 5, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 6);
    posix_spawn_file_actions_addclose(&actions, 0);
    run("file actions", &actions, NULL, "/bin/sh",
        "echo five >&5; echo six >&6; read x 2>/dev/null || exit 4");
    fd = MUST(open("out", O_RDONLY));
    SHOW(read(fd, text, sizeof(text)));
    SHOW(read(fds[0], text, sizeof(text)));
    posix_spawn_file_actions_addopen(&actions, 7, "no/such/file", O_RDONLY, 0);
    run("failing action", &actions, NULL, "/bin/sh", "exit 0");
    posix_spawn_file_actions_destroy(&actions);

    posix_spawnattr_init(&attributes);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    signal(SIGUSR2, SIG_IGN);
    run("default signal", NULL, &attributes, "/bin/sh", "kill -USR2 $$; exit 5");
    run("masked signal", NULL, &attributes, "/bin/sh", "kill -USR1 $$; exit 6");
    posix_spawnattr_destroy(&attributes);

    SHOW_ERR(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ));
    reap("by name", pid);
    SHOW_ERR(posix_spawnp(&pid, "no-such-program-here", NULL, NULL, argv, environ));
    return 0;
}
