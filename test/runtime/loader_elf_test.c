// sources: runtime-c/loader/file.c runtime-c/loader/elf.c
/*
 * ELF headers: real programs are understood, and every kind of damage is refused with its errno and
 * sentence. What the kernel's execve says to the same file is asked too, so that each difference
 * from it is one that this table states.
 */
#include "check.h"
#include "loader/elf.h"
#include "tiny_elf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[] = "/tmp/loader_elf_XXXXXX";
static char path[64];

static int parse(const char *name, struct bp_elf *elf, const char **why)
{
    struct bp_exec_file file;
    int ret = bp_exec_open(&file, AT_FDCWD, name, why);

    if (ret)
        return ret;
    ret = bp_elf_parse(elf, &file, why);
    if (!ret && elf->linker_size) {
        char linker[BP_ELF_LINKER_MAX];

        ret = bp_elf_linker(elf, &file, linker, why);
    }
    bp_exec_close(&file);
    return ret;
}

/* ---- damage ---- */

/* What the kernel does with the file: refuses with the same errno, runs it, or starts it and kills
 * it. */
enum kernel {
    SAME,
    RUNS,
    KILLS,
    AT_0, /* runs it when root asks (vm.mmap_min_addr), else kills it */
};

/* Returns 0 when it ran, -1 when it was killed, or errno. */
static int kernel_exec(const char *name)
{
    char *const argv[] = {(char *)name, NULL}, *const envp[] = {NULL};
    int status, pipefd[2], err = 0;

    if (pipe2(pipefd, O_CLOEXEC))
        exit(1);
    pid_t pid = fork();
    if (!pid) {
        execve(name, argv, envp);
        err = errno;
        _exit(write(pipefd[1], &err, sizeof(err)) != sizeof(err));
    }
    close(pipefd[1]);
    bool refused = read(pipefd[0], &err, sizeof(err)) == sizeof(err);
    close(pipefd[0]);
    waitpid(pid, &status, 0);
    return refused ? err : WIFEXITED(status) ? 0 : -1;
}

/* Numbers written over the intact program. */
struct change {
    u16 offset, width;
    u64 value;
};

#define SET(field, value)                                                              \
    {                                                                                  \
        offsetof(struct tiny_elf, field), sizeof(((struct tiny_elf *)0)->field), value \
    }
#define SEGMENT(name, vaddr, offset, filesz, memsz)                                   \
    SET(name.p_vaddr, vaddr), SET(name.p_offset, offset), SET(name.p_filesz, filesz), \
        SET(name.p_memsz, memsz)
#define LINKER(offset, size) \
    SET(stack.p_type, PT_INTERP), SET(stack.p_offset, offset), SET(stack.p_filesz, size)
#define LINKER_NAME offsetof(struct tiny_elf, linker)

#define OTHER_MACHINE "; this runtime runs x86-64 programs"
#define NO_HEADERS "truncated: its program headers are missing"
#define BAD_CLASS "damaged: its ELF class or byte order is not that of x86-64"
#define OUTSIDE "damaged: a segment lies outside the address space"
#define ODD "a segment's address and place in the file differ within the page"
#define BEHIND "truncated: a segment lies behind the end of the file"
#define OVERLAP "damaged: its segments overlap or are not in order"
#define BAD_ENTRY "damaged: its entry point is not in its code"
#define BAD_LINKER "damaged: the name of its dynamic linker"

enum {
    WHOLE = -1,
};

static const struct damage {
    const char *name;
    int size; /* of the file, or WHOLE */
    int err;
    const char *why; /* NULL: accepted */
    enum kernel kernel;
    struct change changes[5];
} damages[] = {
    {"an intact program", WHOLE, 0, NULL, RUNS, {}},

    {"an empty file", 0, ENOEXEC, "not an ELF file", SAME, {}},
    {"one byte", 1, ENOEXEC, "not an ELF file", SAME, {}},
    {"the magic number alone", 4, ENOEXEC, "truncated: shorter than an ELF header", SAME, {}},
    {"63 bytes", 63, ENOEXEC, "truncated: shorter than an ELF header", SAME, {}},
    {"a header alone", 64, ENOEXEC, NO_HEADERS, SAME, {}},
    {"half the program headers", 200, ENOEXEC, NO_HEADERS, SAME, {}},

    {"no magic", WHOLE, ENOEXEC, "not an ELF file", SAME, {SET(ehdr.e_ident[0], 0)}},
    {"i386",
     WHOLE,
     ENOEXEC,
     "a program for i386" OTHER_MACHINE,
     SAME,
     {SET(ehdr.e_machine, EM_386)}},
    {"AArch64",
     WHOLE,
     ENOEXEC,
     "a program for AArch64" OTHER_MACHINE,
     SAME,
     {SET(ehdr.e_machine, EM_AARCH64)}},
    {"machine 40000",
     WHOLE,
     ENOEXEC,
     "a program for another machine" OTHER_MACHINE,
     SAME,
     {SET(ehdr.e_machine, 40000)}},
    {"class 0", WHOLE, ENOEXEC, BAD_CLASS, RUNS, {SET(ehdr.e_ident[EI_CLASS], 0)}},
    {"x32",
     WHOLE,
     ENOEXEC,
     "an x32 program" OTHER_MACHINE,
     RUNS,
     {SET(ehdr.e_ident[EI_CLASS], ELFCLASS32)}},
    {"big-endian", WHOLE, ENOEXEC, BAD_CLASS, RUNS, {SET(ehdr.e_ident[EI_DATA], ELFDATA2MSB)}},
    {"an object file",
     WHOLE,
     ENOEXEC,
     "an object file that was not linked to a program",
     SAME,
     {SET(ehdr.e_type, ET_REL)}},
    {"a core dump",
     WHOLE,
     ENOEXEC,
     "a core dump, not a program",
     SAME,
     {SET(ehdr.e_type, ET_CORE)}},
    {"type 0",
     WHOLE,
     ENOEXEC,
     "not a program: unknown ELF type",
     SAME,
     {SET(ehdr.e_type, ET_NONE)}},

    {"program headers of 32 bytes",
     WHOLE,
     ENOEXEC,
     "damaged: program headers of the wrong size",
     SAME,
     {SET(ehdr.e_phentsize, 32)}},
    {"no program headers",
     WHOLE,
     ENOEXEC,
     "it has no program headers",
     SAME,
     {SET(ehdr.e_phnum, 0)}},
    {"65535 program headers",
     WHOLE,
     ENOEXEC,
     "it has too many program headers",
     SAME,
     {SET(ehdr.e_phnum, 65535)}},
    {"1170 program headers, not in the file",
     WHOLE,
     ENOEXEC,
     NO_HEADERS,
     SAME,
     {SET(ehdr.e_phnum, 1170)}},
    {"program headers at the end of the file",
     WHOLE,
     ENOEXEC,
     NO_HEADERS,
     SAME,
     {SET(ehdr.e_phoff, sizeof(struct tiny_elf))}},
    {"program headers cut by the end of the file",
     WHOLE,
     ENOEXEC,
     NO_HEADERS,
     SAME,
     {SET(ehdr.e_phoff, sizeof(struct tiny_elf) - 56)}},
    {"program headers at 2^64 - 8", WHOLE, ENOEXEC, NO_HEADERS, SAME, {SET(ehdr.e_phoff, -8ULL)}},

    {"no segment",
     WHOLE,
     EINVAL,
     "it has no segment to load",
     KILLS,
     {SET(text.p_type, PT_NOTE), SET(data.p_type, PT_NOTE)}},
    {"a segment larger in the file than in memory",
     WHOLE,
     EINVAL,
     "damaged: a segment is larger in the file than in memory",
     KILLS,
     {SET(data.p_memsz, 63)}},
    {"a segment of 2^60 bytes", WHOLE, EINVAL, OUTSIDE, KILLS, {SET(data.p_memsz, 1ULL << 60)}},
    {"a segment at 2^47",
     WHOLE,
     EINVAL,
     OUTSIDE,
     KILLS,
     {SET(data.p_vaddr, (1ULL << 47) + TINY_DATA_VADDR)}},
    {"a segment that wraps around",
     WHOLE,
     EINVAL,
     OUTSIDE,
     KILLS,
     {SET(data.p_vaddr, TINY_DATA_VADDR | -4096ULL)}},
    {"a segment at a kernel address",
     WHOLE,
     EINVAL,
     OUTSIDE,
     KILLS,
     {SET(ehdr.e_type, ET_EXEC), SET(data.p_vaddr, TINY_DATA_VADDR | -1ULL << 31)}},
    {"an odd offset", WHOLE, EINVAL, ODD, KILLS, {SET(data.p_offset, TINY_DATA_OFFSET + 1)}},
    {"an odd address of the text", WHOLE, EINVAL, ODD, KILLS, {SET(text.p_vaddr, 16)}},
    {"a segment behind the end of the file",
     WHOLE,
     ENOEXEC,
     BEHIND,
     KILLS,
     {SET(data.p_offset, TINY_DATA_OFFSET + 0x10000)}},
    {"an offset that wraps around",
     WHOLE,
     ENOEXEC,
     BEHIND,
     KILLS,
     {SET(data.p_offset, TINY_DATA_OFFSET | -4096ULL), SET(data.p_filesz, 0x3000)}},
    {"a segment that goes on behind the file",
     WHOLE,
     ENOEXEC,
     BEHIND,
     RUNS,
     {SET(data.p_filesz, 0x3000)}},
    {"a segment that ends behind the file in its last page",
     WHOLE,
     0,
     NULL,
     RUNS,
     {SET(data.p_filesz, 1024)}},
    {"overlapping segments", WHOLE, ENOEXEC, OVERLAP, RUNS, {SET(text.p_memsz, 0x3000)}},
    {"descending segments",
     WHOLE,
     ENOEXEC,
     OVERLAP,
     RUNS,
     {SET(text.p_vaddr, 0x8000), SET(ehdr.e_entry, 0x8000 + offsetof(struct tiny_elf, code))}},
    {"segments that share a page",
     WHOLE,
     0,
     NULL,
     RUNS,
     {SEGMENT(data, TINY_TEXT_END, TINY_TEXT_END, 64, 0x3000),
      SET(data.p_flags, PF_R | PF_W | PF_X)}},
    {"a segment of nothing but zeros", WHOLE, 0, NULL, RUNS, {SEGMENT(data, 0x5008, 3, 0, 0x3000)}},
    {"a segment of nothing", WHOLE, 0, NULL, RUNS, {SEGMENT(data, 0x5008, 8, 0, 0)}},
    {"an odd alignment", WHOLE, 0, NULL, RUNS, {SET(data.p_align, 4097)}},
    {"a large alignment", WHOLE, 0, NULL, RUNS, {SET(data.p_align, 2 << 20)}},
    {"fixed addresses at 0",
     WHOLE,
     EPERM,
     "it wants to be loaded at address 0, where nothing is ever mapped",
     AT_0,
     {SET(ehdr.e_type, ET_EXEC)}},

    {"text that may not be read", WHOLE, 0, NULL, RUNS, {SET(text.p_flags, PF_X)}},
    {"text that is not executable", WHOLE, ENOEXEC, BAD_ENTRY, KILLS, {SET(text.p_flags, PF_R)}},
    {"an entry point outside", WHOLE, ENOEXEC, BAD_ENTRY, KILLS, {SET(ehdr.e_entry, 0x100000)}},
    {"an entry point in the data",
     WHOLE,
     ENOEXEC,
     BAD_ENTRY,
     KILLS,
     {SET(ehdr.e_entry, TINY_DATA_VADDR)}},
    {"an entry point at 2^47", WHOLE, ENOEXEC, BAD_ENTRY, KILLS, {SET(ehdr.e_entry, 1ULL << 47)}},
    {"an entry point that is no address",
     WHOLE,
     ENOEXEC,
     BAD_ENTRY,
     KILLS,
     {SET(ehdr.e_entry, 0xdeadbeefdeadbeefULL)}},

    {"a linker name without an end",
     WHOLE,
     ENOEXEC,
     BAD_LINKER " has no end",
     SAME,
     {LINKER(LINKER_NAME, 10)}},
    {"an empty linker name", WHOLE, ENOEXEC, BAD_LINKER, SAME, {LINKER(LINKER_NAME + 10, 1)}},
    {"a linker name of 4097 bytes", WHOLE, ENOEXEC, BAD_LINKER, SAME, {LINKER(LINKER_NAME, 4097)}},
    {"a linker name of 2^64 - 1 bytes",
     WHOLE,
     ENOEXEC,
     BAD_LINKER,
     SAME,
     {LINKER(LINKER_NAME, -1ULL)}},
    {"a linker name behind the file",
     WHOLE,
     EIO,
     "truncated: the name of its dynamic linker is missing",
     SAME,
     {LINKER(sizeof(struct tiny_elf) - 4, 11)}},
    {"a linker name at 2^64 - 1",
     WHOLE,
     EINVAL,
     "truncated: the name of its dynamic linker is missing",
     SAME,
     {LINKER(-1ULL, 11)}},
};

static void test_damage(const struct damage *d)
{
    static const char *const verdicts[] = {"refuses it too", "runs it", "kills it"};
    struct tiny_elf e = tiny_elf();
    struct bp_elf elf;
    const char *why = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(d->changes); i++)
        memcpy((char *)&e + d->changes[i].offset, &d->changes[i].value, d->changes[i].width);
    if (write_program(path, &e, d->size == WHOLE ? sizeof(e) : (size_t)d->size))
        exit(1);
    int ret = parse(path, &elf, &why), kernel = kernel_exec(path);
    enum kernel verdict = kernel > 0 ? SAME : kernel ? KILLS : RUNS;
    bool same_why = why && d->why ? !strcmp(why, d->why) : why == d->why;
    bool as_stated = d->kernel == AT_0 ? kernel <= 0 : verdict == d->kernel;

    check(ret == -d->err && same_why, "%s: %d %s", d->name, -ret, why ? why : "accepted");
    check(as_stated && (kernel <= 0 || kernel == d->err), "%s: Linux %s", d->name,
          verdicts[verdict]);
}

/* ---- files ---- */

static void test_files(void)
{
    static const struct {
        const char *name;
        int err;
        const char *why;
    } files[] = {
        {"/nonexistent/file", ENOENT, "no such file"},
        {"", ENOENT, "no such file"},
        {"/etc/passwd/x", ENOTDIR, "a part of its path is not a directory"},
        {"/etc", EACCES, "it is a directory"},
        {"/dev/null", EACCES, "it is not a regular file"},
        {"/etc/passwd", EACCES, "no permission to execute it"},
    };
    char loop[96], fifo[96], suid[96];
    struct bp_exec_file file;
    const char *why;

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        int ret = bp_exec_open(&file, AT_FDCWD, files[i].name, &why);

        check(ret == -files[i].err && !strcmp(why, files[i].why) &&
                  kernel_exec(files[i].name) == -ret,
              "%s: %s", files[i].name, why);
    }
    snprintf(loop, sizeof(loop), "%s/loop", dir);
    snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
    snprintf(suid, sizeof(suid), "%s/suid", dir);
    if (symlink("loop", loop) || mkfifo(fifo, 0755))
        exit(1);
    int ret = bp_exec_open(&file, AT_FDCWD, loop, &why);
    check(ret == -ELOOP, "a loop of links: %s", why);
    ret = bp_exec_open(&file, AT_FDCWD, fifo, &why);
    check(ret == -EACCES, "a FIFO does not block: %s", why);

    int dirfd = open(dir, O_PATH | O_DIRECTORY);
    struct tiny_elf e = tiny_elf();
    write_program(suid, &e, sizeof(e));
    check(!bp_exec_open(&file, dirfd, "suid", &why) && !file.privileged && file.size == sizeof(e),
          "a path relative to a directory");
    bp_exec_close(&file);
    if (!geteuid() && !chown(suid, 1, 1) && !chmod(suid, 04755)) {
        check(!bp_exec_open(&file, AT_FDCWD, suid, &why) && file.privileged,
              "a set-user-ID program");
        bp_exec_close(&file);
    }
    close(dirfd);
    unlink(loop);
    unlink(fifo);
    unlink(suid);
}

/* ---- real programs ---- */

static bool has_segment(const struct bp_elf *elf, int prot)
{
    for (u32 i = 0; i < elf->count; i++) {
        if (elf->segments[i].prot == prot)
            return true;
    }
    return false;
}

static void test_real(const char *name, bool fixed, bool dynamic)
{
    struct bp_elf elf;
    const char *why = "";
    int ret;

    if (access(name, X_OK))
        return;
    ret = parse(name, &elf, &why);
    check(!ret && elf.fixed == fixed && !!elf.linker_size == dynamic && !elf.exec_stack &&
              elf.phdr_mapped && has_segment(&elf, PROT_READ | PROT_EXEC) &&
              has_segment(&elf, PROT_READ | PROT_WRITE),
          "%s: %s%s, %u segments%s%s", name, fixed ? "fixed" : "position-independent",
          dynamic ? ", dynamic" : "", elf.count, *why ? ": " : "", why);
}

static void test_compiled(const char *compiler, const char *options, bool fixed, bool dynamic)
{
    char command[256];

    snprintf(command, sizeof(command), "command -v %s >/dev/null", compiler);
    if (system(command)) {
        printf("skip %s %s\n", compiler, options);
        return;
    }
    snprintf(command, sizeof(command), "echo 'int main(void){return 0;}' | %s %s -x c -o %s -",
             compiler, options, path);
    check(!system(command), "compiles: %s %s", compiler, options);
    test_real(path, fixed, dynamic);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof(path), "%s/program", dir);
    for (size_t i = 0; i < ARRAY_SIZE(damages); i++)
        test_damage(&damages[i]);
    test_files();
    test_real("/bin/true", false, true);
    test_real("/bin/busybox", true, false);
    test_real("/usr/bin/node", true, true);
    test_real("/lib64/ld-linux-x86-64.so.2", false, false);
    test_compiled("gcc", "-static-pie", false, false);
    test_compiled("gcc", "-static", true, false);
    test_compiled("gcc", "-no-pie", true, true);
    test_compiled("musl-gcc", "", false, true);
    test_compiled("musl-gcc", "-static", true, false);
    unlink(path);
    rmdir(dir);
    return !!failures;
}
