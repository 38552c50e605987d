// sources: runtime-c/base/mem.c runtime-c/loader/file.c runtime-c/loader/elf.c
/*
 * ELF headers: real programs are understood, and every kind of damage is refused with its errno and sentence. What the
 * kernel's execve says to the same file is asked too, so that each difference from it is one that this table states.
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

/* What the kernel does with the file: refuses with the same errno, runs it, or starts it and kills it. */
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

#define TEXT_END (offsetof(struct tiny_elf, pad))
#define DAMAGE(name) static void name(struct tiny_elf *e)

DAMAGE(nothing) { (void)e; }
DAMAGE(no_magic) { e->ehdr.e_ident[0] = 0; }
DAMAGE(i386) { e->ehdr.e_machine = EM_386; }
DAMAGE(aarch64) { e->ehdr.e_machine = EM_AARCH64; }
DAMAGE(machine_40000) { e->ehdr.e_machine = 40000; }
DAMAGE(class_0) { e->ehdr.e_ident[EI_CLASS] = 0; }
DAMAGE(class_32) { e->ehdr.e_ident[EI_CLASS] = ELFCLASS32; }
DAMAGE(big_endian) { e->ehdr.e_ident[EI_DATA] = ELFDATA2MSB; }
DAMAGE(object) { e->ehdr.e_type = ET_REL; }
DAMAGE(core) { e->ehdr.e_type = ET_CORE; }
DAMAGE(type_0) { e->ehdr.e_type = ET_NONE; }
DAMAGE(phentsize) { e->ehdr.e_phentsize = 32; }
DAMAGE(phnum_0) { e->ehdr.e_phnum = 0; }
DAMAGE(phnum_max) { e->ehdr.e_phnum = 65535; }
DAMAGE(phoff_behind) { e->ehdr.e_phoff = sizeof(*e); }
DAMAGE(phoff_cut) { e->ehdr.e_phoff = sizeof(*e) - sizeof(Elf64_Phdr); }
DAMAGE(phoff_huge) { e->ehdr.e_phoff = UINT64_MAX - 8; }
DAMAGE(no_load) { e->text.p_type = e->data.p_type = PT_NOTE; }
DAMAGE(empty_loads) { e->text.p_filesz = e->text.p_memsz = e->data.p_filesz = e->data.p_memsz = 0; }
DAMAGE(filesz_over_memsz) { e->data.p_filesz = 65; e->data.p_memsz = 64; }
DAMAGE(memsz_huge) { e->data.p_memsz = 1ULL << 60; }
DAMAGE(vaddr_huge) { e->data.p_vaddr += 1ULL << 47; }
DAMAGE(vaddr_wraps) { e->data.p_vaddr |= ~4095ULL; }
DAMAGE(kernel_address) { e->ehdr.e_type = ET_EXEC; e->data.p_vaddr |= 0xffffffff80000000ULL; }
DAMAGE(misaligned_offset) { e->data.p_offset++; }
DAMAGE(misaligned_text) { e->text.p_vaddr += 16; }
DAMAGE(offset_behind_file) { e->data.p_offset += 0x10000; }
DAMAGE(offset_wraps) { e->data.p_offset |= ~4095ULL; e->data.p_filesz = e->data.p_memsz; }
DAMAGE(filesz_behind_file) { e->data.p_filesz = e->data.p_memsz; }
DAMAGE(tail_within_page) { e->data.p_filesz = 1024; }
DAMAGE(overlap) { e->text.p_memsz = 0x3000; }
DAMAGE(descending) { Elf64_Phdr t = e->text; e->text = e->data; e->data = t; }
DAMAGE(shared_page)
{
    /* The data page begins in the page that the text ends in, as old linkers laid out small programs. */
    e->text.p_memsz = e->text.p_filesz = TEXT_END;
    e->data.p_vaddr -= 0x1000;
}
DAMAGE(entry_0) { e->ehdr.e_entry = 0x100000; }
DAMAGE(entry_data) { e->ehdr.e_entry = e->data.p_vaddr; }
DAMAGE(entry_wild) { e->ehdr.e_entry = 0x800000000000ULL; }
DAMAGE(entry_noncanonical) { e->ehdr.e_entry = 0xdeadbeefdeadbeefULL; }
DAMAGE(text_not_executable) { e->text.p_flags = PF_R; }
DAMAGE(align_odd) { e->data.p_align = 4097; }
DAMAGE(align_large) { e->text.p_align = e->data.p_align = 2 << 20; }
DAMAGE(execute_only) { e->text.p_flags = PF_X; }
DAMAGE(fixed_0) { e->ehdr.e_type = ET_EXEC; }

/* Turns the stack header into a PT_INTERP with this name. */
static void set_linker(struct tiny_elf *e, const char *name, size_t size)
{
    memcpy(e->linker, name, size);
    e->stack = (Elf64_Phdr){PT_INTERP, PF_R, offsetof(struct tiny_elf, linker), 0, 0, size, size, 1};
}

DAMAGE(linker_no_end) { set_linker(e, "/lib/ld.so", 10); }
DAMAGE(linker_empty) { set_linker(e, "", 1); }
DAMAGE(linker_long) { set_linker(e, "/lib/ld.so", 11); e->stack.p_filesz = 4097; }
DAMAGE(linker_huge) { set_linker(e, "/lib/ld.so", 11); e->stack.p_filesz = UINT64_MAX; }
DAMAGE(linker_behind_file) { set_linker(e, "/lib/ld.so", 11); e->stack.p_offset = sizeof(*e) - 4; }
DAMAGE(linker_offset_huge) { set_linker(e, "/lib/ld.so", 11); e->stack.p_offset = UINT64_MAX; }

static const struct damage {
    const char *name;
    void (*apply)(struct tiny_elf *e);
    int err;
    const char *why; /* NULL: accepted */
    enum kernel kernel;
    size_t size;     /* of the file, 0: whole */
} damages[] = {
    {"an intact program", nothing, 0, NULL, RUNS, 0},
    {"no magic number", no_magic, ENOEXEC, "not an ELF file", SAME, 0},
    {"an empty file", nothing, ENOEXEC, "not an ELF file", SAME, (size_t)-1},
    {"one byte", nothing, ENOEXEC, "not an ELF file", SAME, 1},
    {"nothing but the magic number", nothing, ENOEXEC, "truncated: shorter than an ELF header", SAME, 4},
    {"63 bytes", nothing, ENOEXEC, "truncated: shorter than an ELF header", SAME, 63},
    {"a header alone", nothing, ENOEXEC, "truncated: its program headers are missing", SAME, 64},
    {"half a program header table", nothing, ENOEXEC, "truncated: its program headers are missing", SAME, 200},
    {"machine i386", i386, ENOEXEC, "a program for i386; this runtime runs x86-64 programs", SAME, 0},
    {"machine AArch64", aarch64, ENOEXEC, "a program for AArch64; this runtime runs x86-64 programs", SAME, 0},
    {"an unknown machine", machine_40000, ENOEXEC, "a program for another machine; this runtime runs x86-64 programs", SAME, 0},
    {"class 0", class_0, ENOEXEC, "damaged: its ELF class or byte order is not that of x86-64", RUNS, 0},
    {"class 32 (x32)", class_32, ENOEXEC, "an x32 program; this runtime runs x86-64 programs", RUNS, 0},
    {"big-endian", big_endian, ENOEXEC, "damaged: its ELF class or byte order is not that of x86-64", RUNS, 0},
    {"an object file", object, ENOEXEC, "an object file that was not linked to a program", SAME, 0},
    {"a core dump", core, ENOEXEC, "a core dump, not a program", SAME, 0},
    {"type 0", type_0, ENOEXEC, "not a program: unknown ELF type", SAME, 0},
    {"small program headers", phentsize, ENOEXEC, "damaged: program headers of the wrong size", SAME, 0},
    {"no program headers", phnum_0, ENOEXEC, "it has no program headers", SAME, 0},
    {"65535 program headers", phnum_max, ENOEXEC, "it has too many program headers", SAME, 0},
    {"program headers at the end of the file", phoff_behind, ENOEXEC, "truncated: its program headers are missing", SAME, 0},
    {"program headers cut by the end of the file", phoff_cut, ENOEXEC, "truncated: its program headers are missing", SAME, 0},
    {"program headers at 2^64 - 8", phoff_huge, ENOEXEC, "truncated: its program headers are missing", SAME, 0},
    {"no segment", no_load, EINVAL, "it has no segment to load", KILLS, 0},
    {"empty segments", empty_loads, EINVAL, "it has no segment to load", KILLS, 0},
    {"a segment larger in the file than in memory", filesz_over_memsz, EINVAL, "damaged: a segment is larger in the file than in memory", KILLS, 0},
    {"a segment of 2^60 bytes", memsz_huge, EINVAL, "damaged: a segment lies outside the address space", KILLS, 0},
    {"a segment at 2^47", vaddr_huge, EINVAL, "damaged: a segment lies outside the address space", KILLS, 0},
    {"a segment that wraps around", vaddr_wraps, EINVAL, "damaged: a segment lies outside the address space", KILLS, 0},
    {"a segment at a kernel address", kernel_address, EINVAL, "damaged: a segment lies outside the address space", KILLS, 0},
    {"an odd offset", misaligned_offset, EINVAL, "a segment's address and place in the file differ within the page", KILLS, 0},
    {"an odd address of the text", misaligned_text, EINVAL, "a segment's address and place in the file differ within the page", KILLS, 0},
    {"a segment behind the end of the file", offset_behind_file, ENOEXEC, "truncated: a segment lies behind the end of the file", KILLS, 0},
    {"an offset that wraps around", offset_wraps, ENOEXEC, "truncated: a segment lies behind the end of the file", KILLS, 0},
    {"a segment that goes on behind the end of the file", filesz_behind_file, ENOEXEC, "truncated: a segment lies behind the end of the file", RUNS, 0},
    {"a segment that ends behind the file in its last page", tail_within_page, 0, NULL, RUNS, 0},
    {"overlapping segments", overlap, ENOEXEC, "damaged: its segments overlap or are not in order", RUNS, 0},
    {"segments in descending order", descending, ENOEXEC, "damaged: its segments overlap or are not in order", RUNS, 0},
    {"segments that share a page", shared_page, 0, NULL, RUNS, 0},
    {"an entry point outside", entry_0, ENOEXEC, "damaged: its entry point is not in its code", KILLS, 0},
    {"an entry point in the data", entry_data, ENOEXEC, "damaged: its entry point is not in its code", KILLS, 0},
    {"an entry point behind the address space", entry_wild, ENOEXEC, "damaged: its entry point is not in its code", KILLS, 0},
    {"an entry point that is no address", entry_noncanonical, ENOEXEC, "damaged: its entry point is not in its code", KILLS, 0},
    {"text that is not executable", text_not_executable, ENOEXEC, "damaged: its entry point is not in its code", KILLS, 0},
    {"an alignment that is no power of two", align_odd, 0, NULL, RUNS, 0},
    {"a large alignment", align_large, 0, NULL, RUNS, 0},
    {"text that may not be read", execute_only, 0, NULL, RUNS, 0},
    {"fixed addresses at 0", fixed_0, EPERM, "it wants to be loaded at address 0, where nothing is ever mapped", AT_0, 0},
    {"a linker name without an end", linker_no_end, ENOEXEC, "damaged: the name of its dynamic linker has no end", SAME, 0},
    {"an empty linker name", linker_empty, ENOEXEC, "damaged: the name of its dynamic linker", SAME, 0},
    {"a linker name of 4097 bytes", linker_long, ENOEXEC, "damaged: the name of its dynamic linker", SAME, 0},
    {"a linker name of 2^64 - 1 bytes", linker_huge, ENOEXEC, "damaged: the name of its dynamic linker", SAME, 0},
    {"a linker name behind the file", linker_behind_file, EIO, "truncated: the name of its dynamic linker is missing", SAME, 0},
    {"a linker name at 2^64 - 1", linker_offset_huge, EINVAL, "truncated: the name of its dynamic linker is missing", SAME, 0},
};

static void test_damage(const struct damage *d)
{
    static const char *const verdicts[] = {"refuses it too", "runs it", "kills it"};
    struct tiny_elf e = tiny_elf();
    size_t size = d->size == (size_t)-1 ? 0 : d->size ? d->size : sizeof(e);
    struct bp_elf elf;
    const char *why = NULL;

    d->apply(&e);
    if (write_program(path, &e, size))
        exit(1);
    int ret = parse(path, &elf, &why), kernel = kernel_exec(path);
    enum kernel verdict = kernel > 0 ? SAME : kernel ? KILLS : RUNS;

    check(ret == -d->err && (!why || !d->why ? why == d->why : !strcmp(why, d->why)),
          "%s: %d %s", d->name, -ret, why ? why : "accepted");
    check((d->kernel == AT_0 ? kernel <= 0 : verdict == d->kernel) && (kernel <= 0 || kernel == d->err), "%s: Linux %s (%d)", d->name,
          verdicts[verdict], kernel);
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

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int ret = bp_exec_open(&file, AT_FDCWD, files[i].name, &why);

        check(ret == -files[i].err && !strcmp(why, files[i].why) && kernel_exec(files[i].name) == -ret,
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
        check(!bp_exec_open(&file, AT_FDCWD, suid, &why) && file.privileged, "a set-user-ID program");
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

static void test_compiled(const char *options, bool fixed, bool dynamic)
{
    char command[256];

    snprintf(command, sizeof(command), "echo 'int main(void){return 0;}' | %s -x c -o %s - 2>/dev/null",
             options, path);
    if (system(command) == 0)
        test_real(path, fixed, dynamic);
    else
        printf("skip %s\n", options);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof(path), "%s/program", dir);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
        test_damage(&damages[i]);
    test_files();
    test_real("/bin/true", false, true);
    test_real("/bin/busybox", true, false);
    test_real("/usr/bin/node", true, true);
    test_real("/lib64/ld-linux-x86-64.so.2", false, false);
    test_compiled("gcc -static-pie", false, false);
    test_compiled("gcc -static", true, false);
    test_compiled("gcc -no-pie", true, true);
    test_compiled("musl-gcc", false, true);
    test_compiled("musl-gcc -static", true, false);
    unlink(path);
    rmdir(dir);
    return !!failures;
}
