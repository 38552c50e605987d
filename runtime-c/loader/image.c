#include "loader/image.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "entry/text.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int protection(const Elf64_Phdr *ph)
{
    return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
           (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/*
 * What follows the file's bytes: the rest of the last page is cleared, all of it (ld.so allocates behind its own bss and
 * counts on zeros there); further pages are anonymous.
 */
static long map_bss(struct bp_slot *slot, u64 start, u64 end, int prot)
{
    u64 page = BP_ALIGN_UP(start, (u64)BP_PAGE_SIZE);
    long ret = 0;

    if (start < page && prot & PROT_WRITE) {
        static const char zeros[BP_PAGE_SIZE];

        if (bp_copy((void *)start, zeros, page - start))
            return -EFAULT;
    }
    if (end > page)
        ret = bp_slot_mmap(slot, page, end - page, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return bp_is_error(ret) ? ret : 0;
}

static long map_segment(struct bp_slot *slot, const struct bp_elf *elf, const Elf64_Phdr *ph, u64 bias)
{
    u64 start = ph->p_vaddr + bias, page = BP_ALIGN_DOWN(start, (u64)BP_PAGE_SIZE);
    u64 offset = BP_ALIGN_DOWN(ph->p_offset, (u64)BP_PAGE_SIZE);
    int prot = protection(ph);
    long ret = 0;

    if (ph->p_filesz) {
        u64 len = start + ph->p_filesz - page;

        ret = bp_slot_mmap(slot, page, len, prot, MAP_PRIVATE | MAP_FIXED, elf->fd, offset);
        if (bp_is_error(ret))
            return ret;
        if (prot & PROT_EXEC)
            bp_text_patch(slot, page, len, prot, elf->fd, offset);
    }
    if (ph->p_memsz > ph->p_filesz)
        ret = map_bss(slot, start + ph->p_filesz, start + ph->p_memsz, prot);
    return bp_is_error(ret) ? ret : 0;
}

/* Reserves the whole span, so that segments replace nothing but it. */
static long reserve(struct bp_slot *slot, const struct bp_elf *elf)
{
    u64 len = elf->span_end - elf->span_start;

    if (elf->ehdr.e_type == ET_EXEC)
        return bp_slot_mmap(slot, elf->span_start, len, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    return bp_slot_mmap(slot, 0, len, PROT_NONE, MAP_PRIVATE, elf->fd, 0);
}

int bp_image_map(struct bp_slot *slot, const struct bp_elf *elf, struct bp_image *image,
                 const char **why)
{
    long ret = reserve(slot, elf);

    *image = (struct bp_image){0};
    if (bp_is_error(ret)) {
        *why = elf->ehdr.e_type == ET_EXEC
                   ? "its fixed addresses are taken by another program of this process"
                   : "no room for its image";
        return -ENOMEM;
    }
    image->bias = (u64)ret - elf->span_start;
    image->entry = elf->ehdr.e_entry + image->bias;
    for (int i = 0; i < elf->ehdr.e_phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type != PT_LOAD || !ph->p_memsz)
            continue;
        ret = map_segment(slot, elf, ph, image->bias);
        if (ret) {
            *why = "a segment cannot be mapped; the file may be truncated";
            return (int)ret;
        }
        if (elf->ehdr.e_phoff - ph->p_offset < ph->p_filesz)
            image->phdr = elf->ehdr.e_phoff - ph->p_offset + ph->p_vaddr + image->bias;
    }
    return 0;
}
