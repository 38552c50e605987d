// sources: runtime-c/base/proc_dir.c runtime-c/base/log.c runtime-c/base/lock.c runtime-c/base/undo.c runtime-c/base/uaccess.S runtime-c/memory/slot.c runtime-c/memory/node.c runtime-c/memory/account.c runtime-c/memory/ranges.c runtime-c/loader/*.c
/*
 * Programs and scripts run twice, by the kernel's execve and by the loader with a jump to the first
 * instruction (system calls then go to the kernel natively); output, status and errno must be the
 * same.
 */
#include "check.h"
#include "base/base.h"
#include "entry/text.h"
#include "loader/load.h"
#include "loader/search.h"
#include "tiny_elf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[] = "/tmp/loader_run_XXXXXX";
static int texts; /* mappings that were given to the patcher */

void bp_text_patch(struct bp_slot *slot, u64 addr, u64 len, int prot, int host_fd, u64 offset)
{
    (void)slot;
    (void)len;
    texts += prot & PROT_EXEC && host_fd >= 0 && !(addr & 4095) && !(offset & 4095);
}

struct outcome {
    int err, status;
    char out[8192];
};

/* ---- the two ways ---- */

static struct bp_load_request request_for(const char *path, const char *const *argv,
                                          const char *const *envp)
{
    static struct bp_host_auxv auxv;

    if (bp_host_auxv_read(&auxv))
        exit(1);
    return (struct bp_load_request){
        .dirfd = AT_FDCWD,
        .path = path,
        .execfn = path,
        .argv = argv,
        .envp = envp,
        .uid = getuid(),
        .euid = geteuid(),
        .gid = getgid(),
        .egid = getegid(),
        .stack_size = 8 << 20,
        .auxv = &auxv,
    };
}

/* Returns errno of a refusal. */
static int load_and_jump(const char *path, const char *const *argv, const char *const *envp)
{
    static char exe[BP_LOAD_PATH_MAX];
    struct bp_load_request request = request_for(path, argv, envp);
    struct bp_load_result result = {.exe = exe};
    char why[256];
    long ret = bp_load_program(bp_slot_create(), &request, &result, why, sizeof(why));

    if (ret) {
        fprintf(stderr, "%s", why);
        return (int)-ret;
    }
    if (!texts || exe[0] != '/')
        return EPROTO;
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "xor %%edx, %%edx\n\t"
                     "jmp *%1"
                     :
                     : "S"(result.stack), "D"(result.entry)
                     : "memory");
    __builtin_unreachable();
}

static int kernel_exec(const char *path, const char *const *argv, const char *const *envp)
{
    execve(path, (char *const *)argv, (char *const *)envp);
    return errno;
}

typedef int (*start_fn)(const char *path, const char *const *argv, const char *const *envp);

static struct outcome run(start_fn start, const char *path, const char *const *argv,
                          const char *const *envp)
{
    struct outcome o = {0};
    int out[2], err[2];
    size_t len = 0;
    ssize_t n;

    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        exit(1);
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        dup2(out[1], 1);
        dup2(out[1], 2);
        o.err = start(path, argv, envp);
        _exit(write(err[1], &o.err, sizeof(o.err)) != sizeof(o.err));
    }
    close(out[1]);
    close(err[1]);
    while (len < sizeof(o.out) - 1 && (n = read(out[0], o.out + len, sizeof(o.out) - 1 - len)) > 0)
        len += (size_t)n;
    waitpid(pid, &o.status, 0);
    if (read(err[0], &o.err, sizeof(o.err)) != sizeof(o.err))
        o.err = 0;
    close(out[0]);
    close(err[0]);
    return o;
}

/* The sentence of a refusal is the loader's alone. */
static void compare(const char *name, const char *path, const char *const *argv,
                    const char *const *envp, const char *why)
{
    struct outcome native = run(kernel_exec, path, argv, envp);
    struct outcome loaded = run(load_and_jump, path, argv, envp);
    bool same = native.err == loaded.err && native.status == loaded.status &&
                (native.err ? why && strstr(loaded.out, why) : !strcmp(native.out, loaded.out));

    if (!check(same, "%s: status 0x%x, errno %d%s%s", name, native.status, native.err,
               native.err ? ", " : "", native.err ? loaded.out : ""))
        printf("  native: errno %d, status 0x%x\n%s\n  loaded: errno %d, status 0x%x\n%s\n",
               native.err, native.status, native.out, loaded.err, loaded.status, loaded.out);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
static const char *const environment[] = {"A=1", "PATH=/usr/bin:/bin", "EMPTY=", NULL};

/* ---- programs of the system ---- */

static void test_system_programs(void)
{
    static const char *const commands[][5] = {
        {"/bin/true"},
        {"/bin/false"},
        {"/bin/echo", "one", "", "three"},
        {"/usr/bin/env"},
        {"/bin/bash", "-c", "echo $0 $1 $((6 * 7)) $A; exit 3", "zero"},
        {"/bin/sh", "-c", "kill -TERM $$"},
        {"/bin/busybox", "echo", "static", "program"},
        {"/bin/busybox", "sh", "-c", "echo $A; exit 7"},
        {"/usr/bin/python3", "-c", "import sys; print(sys.argv, 2**100)"},
        {"/usr/bin/node", "-e", "console.log(process.argv.length, 6 * 7); process.exit(5)"},
        {"/lib64/ld-linux-x86-64.so.2", "/bin/echo", "through the linker"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        char name[128] = "";

        for (int j = 0; j < 5 && commands[i][j]; j++)
            snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s ", commands[i][j]);
        if (access(commands[i][0], X_OK))
            printf("skip %s\n", name);
        else
            compare(name, commands[i][0], commands[i], environment, NULL);
    }
}

/* ---- one program, linked in every way ---- */

static const struct {
    const char *compiler, *options;
} links[] = {
    {"gcc", ""},
    {"gcc", "-no-pie"},
    {"gcc", "-static"},
    {"gcc", "-static-pie"},
    {"gcc", "-Wl,-z,noseparate-code"},
    {"gcc", "-static-pie -Wl,-z,noseparate-code"},
    {"gcc", "-Wl,-z,max-page-size=0x200000"},
    {"gcc", "-Wl,-z,max-page-size=0x200000 -DALIGNMENT=0x200000"},
    {"gcc", "-Wl,-z,max-page-size=0x200000 -DALIGNMENT=0x200000 -static-pie"},
    {"gcc", "-z execstack -DEXECSTACK"},
    {"gcc", "-z execstack -DEXECSTACK -static"},
    {"gcc", "-static -Wl,-Ttext-segment=0x10000000"},
    {"musl-gcc", ""},
    {"musl-gcc", "-static"},
    {"musl-gcc", "-static-pie"},
};

static void test_links(void)
{
    char program[64], command[1024], name[128];
    const char *const argv[] = {"zeroth", "first", "", "third with blanks", NULL};
    int folder = (int)(strrchr(__FILE__, '/') - __FILE__);

    snprintf(program, sizeof(program), "%s/probe", dir);
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        snprintf(name, sizeof(name), "%s %s", links[i].compiler, links[i].options);
        snprintf(command, sizeof(command), "command -v %s >/dev/null", links[i].compiler);
        if (system(command)) {
            printf("skip %s\n", name);
            continue;
        }
        snprintf(command, sizeof(command), "%s -o %s %.*s/loader_probe.c", name, program, folder,
                 __FILE__);
        if (check(!system(command), "links: %s", name))
            compare(name, program, argv, environment, NULL);
    }
    compare("no arguments and no environment", program, ARGS(NULL), ARGS(NULL), NULL);
    unlink(program);
}

/* ---- scripts ---- */

static void write_script(char path[64], const char *name, const char *text)
{
    snprintf(path, 64, "%s/%s", dir, name);
    write_program(path, text, strlen(text));
}

static void test_scripts(void)
{
    static const struct {
        const char *name, *text, *why;
    } scripts[] = {
        {"a script", "#!/bin/sh\necho $0 $1 $A; exit 9\n", NULL},
        {"a script with an argument", "#!/bin/sh -e\necho $0 $-; false; echo not reached\n", NULL},
        {"arguments of a script", "#!/bin/echo one argument \t with blanks \nx", NULL},
        {"a script without a newline", "#!/bin/echo", NULL},
        {"a script without an interpreter", "#!\n", "its #! line names no interpreter"},
        {"a script of two bytes", "#!", "its #! line names no interpreter"},
        {"a missing interpreter", "#!/nonexistent/sh\n",
         "its interpreter /nonexistent/sh: no such file"},
        {"an interpreter that is a directory", "#!/etc\n",
         "its interpreter /etc: it is a directory"},
        {"an interpreter that is no program", "#!/etc/passwd\n", "no permission to execute it"},
        {"a text without #!", "echo hello\n", "not an ELF file"},
        {"a carriage return", "#!/bin/sh\r\n", "no such file"},
    };
    char path[64];

    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        write_script(path, "script", scripts[i].text);
        compare(scripts[i].name, path, ARGS("dropped", "first"), environment, scripts[i].why);
        compare(scripts[i].name, path, ARGS(NULL), environment, scripts[i].why);
    }
    unlink(path);
}

/* s1 runs echo, s2 runs s1, ...: as deep as Linux goes, and one deeper. */
static void test_script_chain(void)
{
    char path[64], text[128], name[32], last[64] = "/bin/echo";

    for (int depth = 1; depth <= 7; depth++) {
        snprintf(text, sizeof(text), depth & 1 ? "#!%s argument %d\n" : "#!%s\n", last, depth);
        snprintf(name, sizeof(name), "s%d", depth);
        write_script(path, name, text);
        strcpy(last, path);
        snprintf(name, sizeof(name), "%d scripts in a row", depth);
        compare(name, path, ARGS("dropped", "first"), environment, "lead from script to script");
    }
    for (int depth = 1; depth <= 7; depth++) {
        snprintf(path, sizeof(path), "%s/s%d", dir, depth);
        unlink(path);
    }
}

/* ---- limits and linkers ---- */

static void test_argument_limits(void)
{
    static char longest[(128 << 10) + 1];
    static const char *many[1 << 18];
    size_t page = 4096;

    memset(longest, 'x', sizeof(longest) - 2);
    compare("an argument of 128 KiB - 1", "/bin/true", ARGS("true", longest), environment, NULL);
    longest[sizeof(longest) - 2] = 'x';
    compare("an argument of 128 KiB", "/bin/true", ARGS("true", longest), environment, "too long");
    compare("a variable of 128 KiB", "/bin/true", ARGS("true"), ARGS(longest), "too long");
    for (size_t i = 0; i < ARRAY_SIZE(many) - 1; i++)
        many[i] = "";
    many[200000] = NULL;
    compare("200000 arguments", "/bin/true", many, environment, NULL);
    many[200000] = "";
    compare("262143 arguments", "/bin/true", many, environment, "too long");
    longest[page] = '\0';
    for (size_t i = 0; i < 500; i++)
        many[i] = longest;
    many[500] = NULL;
    compare("500 arguments of a page", "/bin/true", many, environment, NULL);
    for (size_t i = 500; i < 520; i++)
        many[i] = longest;
    many[520] = NULL;
    compare("520 arguments of a page", "/bin/true", many, environment, "too long");
}

static void write_with_linker(const char *path, const char *linker)
{
    struct tiny_elf e = tiny_elf();

    set_linker(&e, linker);
    write_program(path, &e, sizeof(e));
}

static void test_linkers(void)
{
    char path[64], linker[64];
    struct tiny_elf e = tiny_elf();

    snprintf(path, sizeof(path), "%s/program", dir);
    snprintf(linker, sizeof(linker), "%s/linker", dir);
    write_with_linker(path, "/nonexistent/ld.so");
    compare("a missing linker", path, ARGS("x"), environment,
            "its dynamic linker /nonexistent/ld.so: no such file");
    write_with_linker(path, "/etc/passwd");
    compare("a linker that is no program", path, ARGS("x"), environment,
            "no permission to execute it");
    write_with_linker(path, linker);
    write_program(linker, &e, sizeof(e));
    compare("a tiny linker", path, ARGS("x"), environment, NULL);
    e.ehdr.e_machine = EM_AARCH64;
    write_program(linker, &e, sizeof(e));
    compare("a linker for another machine", path, ARGS("x"), environment, "a program for AArch64");
    write_program(linker, "#!/bin/sh\n", 10);
    compare("a linker that is a script", path, ARGS("x"), environment, "");
    unlink(path);
    unlink(linker);
}

/* ---- two programs in one process, and the search for them ---- */

static void test_fixed_twice(void)
{
    struct bp_load_request request = request_for("/bin/busybox", ARGS("busybox"), environment);
    static char exe[BP_LOAD_PATH_MAX];
    struct bp_load_result result = {.exe = exe};
    struct bp_slot *first = bp_slot_create(), *second = bp_slot_create();
    char why[256] = "";
    long ret;

    ret = bp_load_program(first, &request, &result, why, sizeof(why));
    check(!ret && !strcmp(exe, "/usr/bin/busybox"), "a program at fixed addresses: %s", exe);
    ret = bp_load_program(second, &request, &result, why, sizeof(why));
    check(ret == -ENOMEM && strstr(why, "its fixed addresses are taken: 0x400000-0x"),
          "the same again: %s", why);
    bp_slot_destroy(second);
    bp_slot_destroy(first);
    first = bp_slot_create();
    check(!bp_load_program(first, &request, &result, why, sizeof(why)),
          "and after the first is gone");
    bp_slot_destroy(first);
}

static void test_search(void)
{
    static const struct {
        const char *name, *path;
        int ret;
        const char *found;
    } searches[] = {
        {"true", "/nonexistent:/usr/bin:/bin", 0, "/usr/bin/true"},
        {"true", NULL, 0, "/bin/true"},
        {"true", "/nonexistent", -ENOENT, ""},
        {"true", "", -ENOENT, ""},
        {"etc", "/", -EACCES, ""},
        {"passwd", "/etc:/usr/bin", 0, "/usr/bin/passwd"},
        {"passwd", "/etc", -EACCES, ""},
        {"", "/usr/bin", -ENOENT, ""},
        {"/bin/true", NULL, 0, "/bin/true"},
        {"/etc/passwd", NULL, -EACCES, ""},
        {"/nonexistent", NULL, -ENOENT, ""},
        {"local", ":/usr/bin", 0, "local"},
        {"local", "/usr/bin::/bin", 0, "local"},
        {"a-name-that-is-too-long-for-the-buffer-of-64-bytes-that-the-caller-has", "/bin",
         -ENAMETOOLONG, ""},
    };
    char local[64];

    snprintf(local, sizeof(local), "%s/local", dir);
    write_program(local, "", 0);
    if (chdir(dir))
        exit(1);
    for (size_t i = 0; i < ARRAY_SIZE(searches); i++) {
        char buf[64] = "";
        int ret = bp_find_program(searches[i].name, searches[i].path, buf, sizeof(buf));

        check(ret == searches[i].ret && (ret || !strcmp(buf, searches[i].found)),
              "'%s' in %s: %d %s", searches[i].name,
              searches[i].path ? searches[i].path : "the default path", ret, ret ? "" : buf);
    }
    unlink(local);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    test_system_programs();
    test_links();
    test_scripts();
    test_script_chain();
    test_argument_limits();
    test_linkers();
    test_fixed_twice();
    test_search();
    rmdir(dir);
    return !!failures;
}
