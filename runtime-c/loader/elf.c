#include "loader/elf.h"
#include "base/host.h"

#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* End of a program's addresses with four-level page tables. */
#define ADDRESS_END 0x7ffffffff000ULL

enum {
    PHDR_TABLE_BYTES_MAX = 65536, /* as Linux */
    PHDRS_AT_ONCE = 16,
};

static int refuse(const char **why, int err, const char *sentence)
{
    *why = sentence;
    return err;
}

/* ---- the file header ---- */

static const struct {
    u16 machine;
    const char *sentence;
} machines[] = {
    {EM_386, "a program for i386; this runtime runs x86-64 programs"},
    {EM_ARM, "a program for ARM; this runtime runs x86-64 programs"},
    {EM_AARCH64, "a program for AArch64; this runtime runs x86-64 programs"},
    {EM_RISCV, "a program for RISC-V; this runtime runs x86-64 programs"},
    {EM_PPC64, "a program for POWER; this runtime runs x86-64 programs"},
    {EM_S390, "a program for S/390; this runtime runs x86-64 programs"},
    {EM_NONE, "a program for another machine; this runtime runs x86-64 programs"}, /* any other */
};

static const char *foreign_machine(u16 machine)
{
    u32 i = 0;

    while (machines[i].machine != EM_NONE && machines[i].machine != machine)
        i++;
    return machines[i].sentence;
}

static int check_header(const Elf64_Ehdr *h, u64 file_size, const char **why)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG))
        return refuse(why, -ENOEXEC, "not an ELF file");
    if (file_size < sizeof(*h))
        return refuse(why, -ENOEXEC, "truncated: shorter than an ELF header");
    if (h->e_machine != EM_X86_64)
        return refuse(why, -ENOEXEC, foreign_machine(h->e_machine));
    if (h->e_ident[EI_CLASS] == ELFCLASS32)
        return refuse(why, -ENOEXEC, "an x32 program; this runtime runs x86-64 programs");
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
        return refuse(why, -ENOEXEC, "damaged: its ELF class or byte order is not that of x86-64");
    if (h->e_type == ET_REL)
        return refuse(why, -ENOEXEC, "an object file that was not linked to a program");
    if (h->e_type == ET_CORE)
        return refuse(why, -ENOEXEC, "a core dump, not a program");
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return refuse(why, -ENOEXEC, "not a program: unknown ELF type");
    if (h->e_phentsize != sizeof(Elf64_Phdr))
        return refuse(why, -ENOEXEC, "damaged: program headers of the wrong size");
    if (!h->e_phnum)
        return refuse(why, -ENOEXEC, "it has no program headers");
    if (h->e_phnum > PHDR_TABLE_BYTES_MAX / sizeof(Elf64_Phdr))
        return refuse(why, -ENOEXEC, "it has too many program headers");
    return 0;
}

/* ---- segments ---- */

/* Text is mapped readable even where its header does not ask for it, to find its system calls. */
static int protection(u32 flags)
{
    return (flags & (PF_R | PF_X) ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

/*
 * Linux maps pages that lie behind the end of the file too, and the program dies when it touches
 * them; the runtime would touch them itself.
 */
static bool beyond_file(const Elf64_Phdr *ph, u64 file_size)
{
    u64 last;

    if (!ph->p_filesz)
        return false;
    return __builtin_add_overflow(ph->p_offset, ph->p_filesz - 1, &last) ||
           BP_ALIGN_DOWN(last, (u64)BP_PAGE_SIZE) >= file_size;
}

static int check_segment(const struct bp_elf *elf, const Elf64_Phdr *ph, u64 file_size,
                         const char **why)
{
    const struct bp_elf_segment *last = elf->count ? &elf->segments[elf->count - 1] : NULL;

    if (ph->p_filesz > ph->p_memsz)
        return refuse(why, -EINVAL, "damaged: a segment is larger in the file than in memory");
    if (ph->p_memsz > ADDRESS_END || ph->p_vaddr > ADDRESS_END - ph->p_memsz)
        return refuse(why, -EINVAL, "damaged: a segment lies outside the address space");
    if (ph->p_filesz && (ph->p_vaddr - ph->p_offset) % BP_PAGE_SIZE)
        return refuse(why, -EINVAL,
                      "a segment's address and place in the file differ within the page");
    if (beyond_file(ph, file_size))
        return refuse(why, -ENOEXEC, "truncated: a segment lies behind the end of the file");
    if (last && ph->p_vaddr < last->vaddr + last->memsz)
        return refuse(why, -ENOEXEC, "damaged: its segments overlap or are not in order");
    if (elf->count == BP_ELF_SEGMENTS_MAX)
        return refuse(why, -ENOEXEC, "it has too many segments");
    return 0;
}

static int add_segment(struct bp_elf *elf, const Elf64_Phdr *ph, u64 file_size, const char **why)
{
    int ret = check_segment(elf, ph, file_size, why);

    if (ret || !ph->p_memsz)
        return ret;
    if (!elf->count)
        elf->span_start = BP_ALIGN_DOWN(ph->p_vaddr, (u64)BP_PAGE_SIZE);
    elf->span_end = BP_ALIGN_UP(ph->p_vaddr + ph->p_memsz, (u64)BP_PAGE_SIZE);
    /* Alignments that are no power of two are ignored, as by Linux. */
    if (ph->p_align > elf->align && !(ph->p_align & (ph->p_align - 1)))
        elf->align = ph->p_align;
    elf->segments[elf->count++] = (struct bp_elf_segment){
        .vaddr = ph->p_vaddr,
        .memsz = ph->p_memsz,
        .offset = ph->p_offset,
        .filesz = ph->p_filesz,
        .prot = protection(ph->p_flags),
    };
    return 0;
}

static int add_header(struct bp_elf *elf, const Elf64_Phdr *ph, u64 file_size, const char **why)
{
    switch (ph->p_type) {
    case PT_LOAD:
        return add_segment(elf, ph, file_size, why);
    case PT_GNU_STACK:
        elf->exec_stack = ph->p_flags & PF_X;
        return 0;
    case PT_INTERP:
        if (elf->linker_size)
            return 0; /* the first one counts */
        if (ph->p_filesz < 2 || ph->p_filesz > BP_ELF_LINKER_MAX)
            return refuse(why, -ENOEXEC, "damaged: the name of its dynamic linker");
        elf->linker_offset = ph->p_offset;
        elf->linker_size = ph->p_filesz;
        return 0;
    default:
        return 0;
    }
}

static int read_headers(struct bp_elf *elf, const Elf64_Ehdr *h, const struct bp_exec_file *file,
                        const char **why)
{
    Elf64_Phdr chunk[PHDRS_AT_ONCE];

    for (u32 done = 0; done < h->e_phnum; done += PHDRS_AT_ONCE) {
        u32 count = BP_MIN((u32)h->e_phnum - done, (u32)PHDRS_AT_ONCE);
        long bytes = (long)(count * sizeof(chunk[0]));

        if (bp_host(SYS_pread64, file->fd, chunk, bytes, h->e_phoff + done * sizeof(chunk[0])) !=
            bytes)
            return refuse(why, -ENOEXEC, "truncated: its program headers are missing");
        for (u32 i = 0; i < count; i++) {
            int ret = add_header(elf, &chunk[i], file->size, why);

            if (ret)
                return ret;
        }
    }
    return 0;
}

/* ---- the whole ---- */

/* Where the program headers are in memory: in the segment that holds their place in the file. */
static void find_phdr(struct bp_elf *elf, u64 phoff)
{
    for (u32 i = 0; i < elf->count && !elf->phdr_mapped; i++) {
        const struct bp_elf_segment *s = &elf->segments[i];

        if (phoff >= s->offset && phoff - s->offset < s->filesz) {
            elf->phdr = s->vaddr + (phoff - s->offset);
            elf->phdr_mapped = true;
        }
    }
}

/* Linux starts at any address; here a jump to an impossible one would be a fault of the runtime. */
static bool entry_is_text(const struct bp_elf *elf)
{
    for (u32 i = 0; i < elf->count; i++) {
        const struct bp_elf_segment *s = &elf->segments[i];

        if (elf->entry >= s->vaddr && elf->entry - s->vaddr < s->memsz)
            return s->prot & PROT_EXEC;
    }
    return false;
}

int bp_elf_parse(struct bp_elf *elf, const struct bp_exec_file *file, const char **why)
{
    Elf64_Ehdr h;
    int ret;

    BP_STATIC_ASSERT(sizeof(h) <= BP_EXEC_HEAD, "the head holds the file header");
    memcpy(&h, file->head, sizeof(h));
    ret = check_header(&h, file->size, why);
    if (ret)
        return ret;
    *elf = (struct bp_elf){
        .fixed = h.e_type == ET_EXEC,
        .phnum = h.e_phnum,
        .entry = h.e_entry,
        .align = BP_PAGE_SIZE,
    };
    ret = read_headers(elf, &h, file, why);
    if (ret)
        return ret;
    if (!elf->count)
        return refuse(why, -EINVAL, "it has no segment to load");
    if (elf->fixed && !elf->span_start)
        return refuse(why, -EPERM,
                      "it wants to be loaded at address 0, where nothing is ever mapped");
    if (!entry_is_text(elf))
        return refuse(why, -ENOEXEC, "damaged: its entry point is not in its code");
    find_phdr(elf, h.e_phoff);
    return 0;
}

int bp_elf_linker(const struct bp_elf *elf, const struct bp_exec_file *file,
                  char name[BP_ELF_LINKER_MAX], const char **why)
{
    long size = (long)elf->linker_size;
    long len = bp_host(SYS_pread64, file->fd, name, size, elf->linker_offset);

    if (len != size)
        return refuse(why, len < 0 ? (int)len : -EIO,
                      "truncated: the name of its dynamic linker is missing");
    if (name[size - 1])
        return refuse(why, -ENOEXEC, "damaged: the name of its dynamic linker has no end");
    return 0;
}
