/* #! scripts: one argument, nested interpreters, the path handed on; execvp's fall-back to a shell.
 */
#include "../fork/fork.h"
#include <sys/stat.h>

static void script(const char *path, const char *text)
{
    close(file_with(path, text));
    MUST(chmod(path, 0755));
}

static void run(const char *path, bool search)
{
    char *args[] = {"zero", "one", "two words", NULL};
    pid_t pid = must_fork();

    if (pid == 0) {
        if (search)
            execvp(path, args);
        else
            execv(path, args);
        _exit(errno == ENOEXEC ? 126 : 127);
    }
    reap(path, pid);
}

int main(void)
{
    script("plain", "#!/bin/sh\necho \"$0|$1|$2|$#\"\nexit 3\n");
    script("option", "#!/bin/sh -e\nfalse\necho not reached\n");
    script("echoes", "#!/bin/echo one  two\t\n");
    script("nested", "#!./plain of nested\n");
    script("twice", "#!./nested\n");
    script("without", "echo \"$0|$1|$2|$#\"\nexit 4\n");
    script("last-line", "#!/bin/echo no newline");
    run("./plain", false);
    run("./option", false);
    run("./echoes", false);
    run("./nested", false);
    run("./twice", false);
    run("./without", false);
    run("./without", true);
    run("./last-line", false);
    return 0;
}
