#include "loader/elf.h"
#include "base/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Highest address that a program may be linked to, and longest span: generous, and far from wrapping. */
#define ADDRESS_LIMIT (1ULL << 46)
#define SPAN_LIMIT (1ULL << 30)

static int fail(const char **why, int err, const char *sentence)
{
    *why = sentence;
    return err;
}

static int open_regular(const char *path, const char **why)
{
    struct statx st;
    long fd = bp_host(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -ENOENT || fd == -ENOTDIR)
        return fail(why, (int)fd, "no such file");
    if (fd < 0)
        return fail(why, (int)fd, "the file cannot be opened");
    if (bp_host(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE, &st) ||
        !S_ISREG(st.stx_mode) || !(st.stx_mode & 0111)) {
        bp_host(SYS_close, fd);
        return fail(why, -EACCES, "not an executable file");
    }
    if (bp_host(SYS_faccessat, AT_FDCWD, path, X_OK)) {
        bp_host(SYS_close, fd);
        return fail(why, -EACCES, "no permission to execute it");
    }
    return (int)fd;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* "#! interpreter [argument]": the argument is the rest of the line, trimmed, as in Linux. */
static int parse_script(struct bp_elf *elf, char *line, long len, const char **why)
{
    char *at = line + 2, *end = line + 2;

    while (end < line + len && *end != '\n')
        end++;
    if (end == line + len && len == BP_SCRIPT_LINE_MAX)
        return fail(why, -ENOEXEC, "its #! line is too long");
    while (end > at && is_blank(end[-1]))
        end--;
    *end = '\0';
    while (is_blank(*at))
        at++;
    if (!*at)
        return fail(why, -ENOEXEC, "its #! line names no interpreter");
    char *word = at;
    while (*at && !is_blank(*at))
        at++;
    memcpy(elf->interp, word, (size_t)(at - word));
    elf->interp[at - word] = '\0';
    while (is_blank(*at))
        at++;
    memcpy(elf->script_arg, at, (size_t)(end - at) + 1);
    elf->kind = BP_ELF_SCRIPT;
    return 0;
}

static int check_header(const Elf64_Ehdr *h, const char **why)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG))
        return fail(why, -ENOEXEC, "not an ELF file");
    if (h->e_ident[EI_CLASS] == ELFCLASS32)
        return fail(why, -ENOEXEC, "a 32-bit program; this runtime runs x86-64 programs");
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
        h->e_machine != EM_X86_64)
        return fail(why, -ENOEXEC, "a program for another machine; this runtime runs x86-64 programs");
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return fail(why, -ENOEXEC, "not a program (ELF type)");
    if (h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum || h->e_phnum > BP_ELF_PHDRS_MAX)
        return fail(why, -ENOEXEC, "corrupt program header table");
    return 0;
}

static int check_load(const Elf64_Phdr *ph, const char **why)
{
    if (ph->p_filesz > ph->p_memsz || (ph->p_vaddr - ph->p_offset) % BP_PAGE_SIZE ||
        ph->p_vaddr >= ADDRESS_LIMIT || ph->p_memsz >= SPAN_LIMIT || ph->p_offset >= ADDRESS_LIMIT)
        return fail(why, -ENOEXEC, "corrupt segment");
    return 0;
}

static int check_segments(struct bp_elf *elf, const char **why)
{
    u64 last_end = 0;
    bool any = false;

    for (int i = 0; i < elf->ehdr.e_phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];
        int ret;

        if (ph->p_type != PT_LOAD || !ph->p_memsz)
            continue;
        ret = check_load(ph, why);
        if (ret)
            return ret;
        if (any && ph->p_vaddr < last_end)
            return fail(why, -ENOEXEC, "overlapping segments");
        if (!any)
            elf->span_start = BP_ALIGN_DOWN(ph->p_vaddr, (u64)BP_PAGE_SIZE);
        last_end = ph->p_vaddr + ph->p_memsz;
        any = true;
    }
    if (!any)
        return fail(why, -ENOEXEC, "no loadable segment");
    elf->span_end = BP_ALIGN_UP(last_end, (u64)BP_PAGE_SIZE);
    if (elf->span_end - elf->span_start > SPAN_LIMIT)
        return fail(why, -ENOEXEC, "segments lie too far apart");
    if (elf->ehdr.e_entry < elf->span_start || elf->ehdr.e_entry >= elf->span_end)
        return fail(why, -ENOEXEC, "its entry point lies outside its segments");
    return 0;
}

static int read_interp(struct bp_elf *elf, const char **why)
{
    for (int i = 0; i < elf->ehdr.e_phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type != PT_INTERP)
            continue;
        if (ph->p_filesz < 2 || ph->p_filesz > BP_ELF_INTERP_MAX ||
            bp_host(SYS_pread64, elf->fd, elf->interp, ph->p_filesz, ph->p_offset) !=
                (long)ph->p_filesz ||
            elf->interp[ph->p_filesz - 1])
            return fail(why, -ENOEXEC, "corrupt name of the dynamic linker");
        return 0;
    }
    return 0;
}

static int parse_elf(struct bp_elf *elf, const char **why)
{
    long table = elf->ehdr.e_phnum * (long)sizeof(Elf64_Phdr);
    int ret = check_header(&elf->ehdr, why);

    if (ret)
        return ret;
    table = elf->ehdr.e_phnum * (long)sizeof(Elf64_Phdr);
    if (bp_host(SYS_pread64, elf->fd, elf->phdr, table, elf->ehdr.e_phoff) != table)
        return fail(why, -ENOEXEC, "truncated: its program headers are missing");
    ret = check_segments(elf, why);
    return ret ? ret : read_interp(elf, why);
}

int bp_elf_open(const char *path, struct bp_elf *elf, const char **why)
{
    char start[BP_SCRIPT_LINE_MAX + 1];
    long len;
    int ret;

    elf->kind = BP_ELF_PROGRAM;
    elf->interp[0] = elf->script_arg[0] = '\0';
    elf->fd = open_regular(path, why);
    if (elf->fd < 0)
        return elf->fd;
    len = bp_host(SYS_pread64, elf->fd, start, BP_SCRIPT_LINE_MAX, 0);
    if (len >= 2 && start[0] == '#' && start[1] == '!') {
        ret = parse_script(elf, start, len, why);
    } else if (len < (long)sizeof(Elf64_Ehdr)) {
        ret = fail(why, -ENOEXEC, len < SELFMAG || memcmp(start, ELFMAG, SELFMAG)
                                      ? "not an ELF file"
                                      : "truncated: shorter than an ELF header");
    } else {
        memcpy(&elf->ehdr, start, sizeof(elf->ehdr));
        ret = parse_elf(elf, why);
    }
    if (ret)
        bp_elf_close(elf);
    return ret;
}

void bp_elf_close(struct bp_elf *elf)
{
    bp_host(SYS_close, elf->fd);
    elf->fd = -1;
}
