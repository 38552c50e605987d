/* An ELF file in memory, cut into what entry/sites.h takes. Only for files that the test trusts. */
#ifndef TEST_RUNTIME_ELF_VIEWS_H
#define TEST_RUNTIME_ELF_VIEWS_H

#include "entry/unwind.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct elf_views {
    u8 *file; /* private: may be written */
    u64 size;
    struct bp_view texts[8];
    u32 text_count;
    struct bp_view tables; /* the segment with the unwind tables */
    u64 header;            /* 0 when there are none */
};

static inline bool elf_views_open(struct elf_views *v, const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    const Elf64_Ehdr *ehdr;
    const Elf64_Phdr *phdrs;

    *v = (struct elf_views){0};
    if (fd < 0 || fstat(fd, &st))
        return false;
    v->size = (u64)st.st_size;
    v->file = mmap(NULL, v->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (v->file == MAP_FAILED)
        return false;
    ehdr = (const Elf64_Ehdr *)v->file;
    phdrs = (const Elf64_Phdr *)(v->file + ehdr->e_phoff);
    for (u32 i = 0; i < ehdr->e_phnum; i++)
        if (phdrs[i].p_type == PT_GNU_EH_FRAME)
            v->header = phdrs[i].p_vaddr;
    for (u32 i = 0; i < ehdr->e_phnum; i++) {
        struct bp_view view = {v->file + phdrs[i].p_offset, phdrs[i].p_filesz, phdrs[i].p_vaddr};

        if (phdrs[i].p_type != PT_LOAD)
            continue;
        if (phdrs[i].p_flags & PF_X && v->text_count < 8)
            v->texts[v->text_count++] = view;
        if (v->header - view.addr < view.len)
            v->tables = view;
    }
    return true;
}

static inline void elf_views_close(struct elf_views *v)
{
    munmap(v->file, v->size);
}

#endif
