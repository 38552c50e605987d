#include "loader/image.h"
#include "base/host.h"
#include "base/uaccess.h"
#include "entry/text.h"

#include <errno.h>
#include <sys/mman.h>

/*
 * What follows the file's bytes: the rest of the last page is cleared, all of it (ld.so allocates
 * behind its own bss and counts on zeros there); further pages are anonymous, and always writable
 * as with Linux.
 */
static long map_bss(struct bp_slot *slot, u64 start, u64 end, int prot)
{
    static const char zeros[BP_PAGE_SIZE];
    u64 page = BP_ALIGN_UP(start, (u64)BP_PAGE_SIZE);

    if (prot & PROT_WRITE && bp_copy((void *)start, zeros, page - start))
        return -EFAULT;
    if (end <= page)
        return 0;
    return bp_slot_mmap(slot, page, end - page, PROT_READ | PROT_WRITE | (prot & PROT_EXEC),
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static long map_segment(struct bp_slot *slot, const struct bp_elf_segment *s, int fd, u64 bias)
{
    u64 start = s->vaddr + bias, page = BP_ALIGN_DOWN(start, (u64)BP_PAGE_SIZE);
    u64 offset = BP_ALIGN_DOWN(s->offset, (u64)BP_PAGE_SIZE);
    u64 len = start + s->filesz - page;
    long ret;

    if (!s->filesz)
        return map_bss(slot, page, start + s->memsz, s->prot);
    ret = bp_slot_mmap(slot, page, len, s->prot, MAP_PRIVATE | MAP_FIXED, fd, offset);
    if (bp_is_error(ret))
        return ret;
    if (s->prot & PROT_EXEC)
        bp_text_patch(slot, page, len, s->prot, fd, offset);
    return s->memsz > s->filesz ? map_bss(slot, start + s->filesz, start + s->memsz, s->prot) : 0;
}

/*
 * Reserves the whole span, so that segments replace nothing but it. A position-independent image is
 * reserved by a mapping of its file, which bp_slot_mmap places among the images; room for a larger
 * alignment is taken and given back. Returns the address of the span's start or negative errno.
 */
static long reserve(struct bp_slot *slot, const struct bp_elf *elf, int fd)
{
    u64 len = elf->span_end - elf->span_start, extra = elf->align - BP_PAGE_SIZE, start;
    long ret;

    if (elf->fixed)
        return bp_slot_mmap(slot, elf->span_start, len, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
                            0);
    if (extra > BP_SLOT_SIZE)
        return -ENOMEM;
    ret = bp_slot_mmap(slot, 0, len + extra, PROT_NONE, MAP_PRIVATE, fd, 0);
    if (bp_is_error(ret) || !extra)
        return ret;
    start = (u64)ret + ((elf->span_start - (u64)ret) & (elf->align - 1));
    if (start > (u64)ret)
        bp_slot_munmap(slot, (u64)ret, start - (u64)ret);
    if ((u64)ret + extra > start)
        bp_slot_munmap(slot, start + len, (u64)ret + extra - start);
    return (long)start;
}

static const struct {
    long err;
    const char *sentence;
} reasons[] = {
    {-EEXIST, "its fixed addresses are taken"},
    {-EPERM, "its fixed addresses are too low for the host (vm.mmap_min_addr)"},
    {-ENOMEM, "no room for its image"},
    {0, "it cannot be mapped"}, /* any other */
};

static const char *reason_of(long err)
{
    u32 i = 0;

    while (reasons[i].err && reasons[i].err != err)
        i++;
    return reasons[i].sentence;
}

int bp_image_map(struct bp_slot *slot, const struct bp_elf *elf, int fd, struct bp_image *image,
                 const char **why)
{
    long ret = reserve(slot, elf, fd);

    if (bp_is_error(ret)) {
        *why = reason_of(ret);
        return (int)ret;
    }
    u64 bias = (u64)ret - elf->span_start;
    *image = (struct bp_image){
        .bias = bias,
        .start = (u64)ret,
        .end = elf->span_end + bias,
        .entry = elf->entry + bias,
        .phdr = elf->phdr_mapped ? elf->phdr + bias : 0,
        .phnum = elf->phnum,
    };
    for (u32 i = 0; i < elf->count; i++) {
        ret = map_segment(slot, &elf->segments[i], fd, bias);
        if (bp_is_error(ret)) {
            *why = "a segment cannot be mapped";
            return (int)ret;
        }
    }
    return 0;
}
