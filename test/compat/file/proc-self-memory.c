/*
 * /proc/self/maps, statm, stat, status, auxv and environ are about the program: its code, heap and
 * stack are there, its ids, threads and signals.
 *
 * variants: glibc static musl
 */
#include "compat.h"
#include <elf.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char text[1 << 16];

static char *slurp(const char *path)
{
    int fd = MUST(open(path, O_RDONLY));
    size_t len = 0;
    ssize_t n;

    while ((n = MUST(read(fd, text + len, sizeof(text) - 1 - len))))
        len += (size_t)n;
    text[len] = 0;
    close(fd);
    return text;
}

static const char *mapping_of(const void *at, char perms[5])
{
    for (char *line = strtok(slurp("/proc/self/maps"), "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long from, to;
        int end;

        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s%n", &from, &to, perms, &end) == 3 &&
            from <= (unsigned long)at && (unsigned long)at < to)
            return line + end + strspn(line + end, " ");
    }
    return "none";
}

static void show_line(const char *name)
{
    char *line = strstr(slurp("/proc/self/status"), name);

    SAY("%.*s", line ? (int)strcspn(line, "\n") : 4, line ? line : "none");
}

int main(void)
{
    char perms[5] = "", own[64], *end;
    long top = (syscall(SYS_brk, 0) + 4095) & -4096L;
    unsigned long pid, size, resident;
    const Elf64_auxv_t *aux;
    sigset_t set;

    CHECK(syscall(SYS_brk, top + 4096) == top + 4096);
    SAY("heap %s %s", mapping_of((char *)top, perms), perms);
    SAY("stack %s %s", mapping_of(perms, perms), perms);
    SHOW(sscanf(slurp("/proc/self/statm"), "%lu %lu", &size, &resident));
    CHECK(size > resident && resident > 10 && size < 1 << 20);

    end = strrchr(slurp("/proc/self/stat"), ')');
    CHECK(end && sscanf(text, "%lu (", &pid) == 1 && pid == (unsigned long)getpid());
    CHECK(sscanf(end, ") %*c %lu", &pid) == 1 && pid == (unsigned long)getppid());
    SAY("%.12s %c", strchr(text, '('), end[2]);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
    raise(SIGUSR2);
    umask(031);
    show_line("Name:");
    show_line("Umask:");
    show_line("State:");
    show_line("Threads:");
    show_line("SigBlk:");
    show_line("SigIgn:");
    snprintf(own, sizeof(own), "\nPid:\t%d\nPPid:\t%d\n", getpid(), getppid());
    CHECK(strstr(slurp("/proc/self/status"), own));

    slurp("/proc/self/auxv");
    for (aux = (void *)text; aux->a_type != AT_ENTRY; aux++)
        CHECK(aux->a_type != AT_NULL);
    SHOW(aux->a_un.a_val == getauxval(AT_ENTRY));
    setenv("ADDED", "later", 1);
    CHECK(strstr(slurp("/proc/self/environ"), "="));
    SHOW(strstr(text, "ADDED") == NULL);
    return 0;
}
