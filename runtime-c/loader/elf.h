/*
 * Headers of ELF64 x86-64 programs, parsed as hostile input: after bp_elf_parse every segment lies
 * within the address space and the file, in ascending order without overlap, so that mapping them
 * needs no further checks.
 */
#ifndef BP_LOADER_ELF_H
#define BP_LOADER_ELF_H

#include "loader/file.h"

enum {
    BP_ELF_SEGMENTS_MAX = 32,
    BP_ELF_LINKER_MAX = 4096, /* longest name of a dynamic linker with its NUL, as Linux */
};

/* A PT_LOAD that takes memory. */
struct bp_elf_segment {
    u64 vaddr, memsz;
    u64 offset, filesz;
    int prot;
};

struct bp_elf {
    bool fixed;       /* ET_EXEC: runs only at the addresses it is linked to */
    bool exec_stack;  /* asks for an executable stack */
    bool phdr_mapped; /* phdr is valid: a segment holds the program headers */
    u16 phnum;
    u64 entry, phdr;          /* as linked */
    u64 span_start, span_end; /* pages of all segments, as linked */
    u64 align;                /* of the image, a power of two, at least BP_PAGE_SIZE */
    u64 linker_offset;        /* in the file: name of the dynamic linker; */
    u64 linker_size;          /* 0 when the program needs none */
    u32 count;
    struct bp_elf_segment segments[BP_ELF_SEGMENTS_MAX];
};

/*
 * Returns 0, or a sentence in *why (a static string) and: -ENOEXEC when the file is no program for
 * this runtime or is damaged, -EINVAL when a segment cannot be mapped as its header says, -EPERM
 * when page 0 would be mapped.
 */
int bp_elf_parse(struct bp_elf *elf, const struct bp_exec_file *file, const char **why);

/* The name of the dynamic linker, if linker_size. Returns 0, or negative errno and a sentence. */
int bp_elf_linker(const struct bp_elf *elf, const struct bp_exec_file *file,
                  char name[BP_ELF_LINKER_MAX], const char **why);

#endif
