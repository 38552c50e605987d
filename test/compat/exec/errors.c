/* execve(2) that fails: each errno; everything is as before, threads too. */
#include "../fork/fork.h"
#include <sys/stat.h>

static struct gate hold, alive;

static void *lives(void *arg)
{
    gate_wait(hold);
    gate_open(alive);
    return arg;
}

static void script(const char *path, const char *text, mode_t mode)
{
    close(file_with(path, text));
    MUST(chmod(path, mode));
}

int main(void)
{
    static char *const args[] = {"x", NULL};
    static char big[200 << 10];
    char *const big_args[] = {"x", big, NULL};
    pthread_t thread;
    int cloexec;

    hold = gate_new();
    alive = gate_new();
    cloexec = hold.fds[0];
    thread = start_thread(lives, NULL);
    SHOW(execve("none", args, environ));
    SHOW(execve("", args, environ));
    SHOW(execve(NULL, args, environ));
    SHOW(execve(".", args, environ));
    script("plain", "text", 0644);
    SHOW(execve("plain", args, environ));
    script("text", "just text", 0755);
    SHOW(execve("text", args, environ));
    script("empty", "", 0755);
    SHOW(execve("empty", args, environ));
    SHOW(execve("plain/below", args, environ));
    MUST(symlink("loop", "loop"));
    SHOW(execve("loop", args, environ));
    script("no-interpreter", "#!/no/such/interpreter\n", 0755);
    SHOW(execve("no-interpreter", args, environ));
    script("nothing-named", "#!\n", 0755);
    SHOW(execve("nothing-named", args, environ));
    script("of-itself", "#!./of-itself\n", 0755);
    SHOW(execve("of-itself", args, environ));
    script("bad-elf", "\177ELF\2\1\1", 0755);
    SHOW(execve("bad-elf", args, environ));
    memset(big, 'x', sizeof(big) - 1);
    SHOW(execve("/bin/true", big_args, environ));
    SHOW(execve("/bin/true", (char *const *)8, environ));
    SHOW(execve("/bin/true", args, (char *const *)8));
    SHOW(execveat(AT_FDCWD, "/bin/true", args, environ, 0x40000));
    SHOW(execveat(99, "true", args, environ, 0));
    SHOW(execveat(99, "", args, environ, AT_EMPTY_PATH));
    SHOW(execveat(AT_FDCWD, "loop", args, environ, AT_SYMLINK_NOFOLLOW));

    gate_open(hold);
    gate_wait(alive);
    join_thread(thread);
    SHOW(fcntl(cloexec, F_GETFD));
    return 0;
}
