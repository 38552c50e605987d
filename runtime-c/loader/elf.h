/* ELF64 x86-64 headers, parsed as hostile input. */
#ifndef BP_LOADER_ELF_H
#define BP_LOADER_ELF_H

#include "base/base.h"

#include <elf.h>

enum {
    BP_ELF_PHDRS_MAX = 64,
    BP_ELF_INTERP_MAX = 256,
    BP_SCRIPT_LINE_MAX = 256, /* as Linux's BINPRM_BUF_SIZE */
};

enum bp_elf_kind {
    BP_ELF_PROGRAM,
    BP_ELF_SCRIPT, /* starts with #! */
};

struct bp_elf {
    int fd;
    enum bp_elf_kind kind;
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[BP_ELF_PHDRS_MAX];
    u64 span_start, span_end; /* page-aligned range of all PT_LOADs, as linked */
    char interp[BP_ELF_INTERP_MAX]; /* PT_INTERP, or the script's interpreter; "" when there is none */
    char script_arg[BP_SCRIPT_LINE_MAX];
};

/*
 * Opens and checks a file that is to be executed. Returns 0 with elf->fd open (the caller closes it with bp_elf_close), or
 * the negative errno of execve(2) and a sentence in *why (a static string).
 */
int bp_elf_open(const char *path, struct bp_elf *elf, const char **why);
void bp_elf_close(struct bp_elf *elf);

#endif
