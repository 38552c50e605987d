#include "entry/text.h"
#include "base/host.h"
#include "base/log.h"
#include "base/clock.h"
#include "entry/patch.h"
#include "entry/shared_text.h"
#include "entry/site_cache.h"

#include <elf.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    PHDRS_MAX = 32
};

/* The file that text was mapped from, read piece by piece: it may be damaged. */
struct image {
    int fd;
    u64 bias; /* of addresses to those in the file */
    u32 phdr_count;
    Elf64_Phdr phdrs[PHDRS_MAX];
};

static bool read_at(const struct image *image, u64 offset, void *out, u64 size)
{
    return bp_host(SYS_pread64, image->fd, out, size, offset) == (long)size;
}

/* The loaded segment that holds [offset, offset + 1) of the file. */
static const Elf64_Phdr *segment_at(const struct image *image, u64 offset, u32 flags)
{
    for (u32 i = 0; i < image->phdr_count; i++) {
        const Elf64_Phdr *phdr = &image->phdrs[i];

        if (phdr->p_type == PT_LOAD && (phdr->p_flags & flags) == flags &&
            offset - BP_ALIGN_DOWN(phdr->p_offset, (u64)BP_PAGE_SIZE) <
                phdr->p_filesz + phdr->p_offset % BP_PAGE_SIZE)
            return phdr;
    }
    return NULL;
}

static const Elf64_Phdr *phdr_of(const struct image *image, u32 type)
{
    for (u32 i = 0; i < image->phdr_count; i++)
        if (image->phdrs[i].p_type == type)
            return &image->phdrs[i];
    return NULL;
}

/* Reads what is needed of the file's headers; text lies at addr and at offset in the file. */
static bool image_open(struct image *image, int fd, u64 addr, u64 offset)
{
    Elf64_Ehdr ehdr;
    const Elf64_Phdr *text;

    image->fd = fd;
    if (!read_at(image, 0, &ehdr, sizeof(ehdr)) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) ||
        ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_machine != EM_X86_64 ||
        ehdr.e_phentsize != sizeof(Elf64_Phdr))
        return false;
    image->phdr_count = BP_MIN(ehdr.e_phnum, (u32)PHDRS_MAX);
    if (!read_at(image, ehdr.e_phoff, image->phdrs, image->phdr_count * sizeof(Elf64_Phdr)))
        return false;
    text = segment_at(image, offset, PF_X);
    if (!text)
        return false;
    image->bias = addr - offset + text->p_offset - text->p_vaddr;
    return true;
}

/* ---- function bounds ---- */

/* The offset in the file where the tables begin: .eh_frame_hdr, or .eh_frame if it comes first. */
static u64 tables_start(const struct image *image, u64 header)
{
    struct {
        u8 version, frame_encoding, count_encoding, table_encoding;
        s32 frame; /* relative to itself in every current linker's output */
    } head;

    if (!read_at(image, header, &head, sizeof(head)))
        return header;
    return head.frame < 0 && (u64) - (s64)head.frame <= header ? header + 4 + (u64)(s64)head.frame
                                                               : header;
}

/* Maps the tables of the file for reading; *unwind is usable until they are unmapped. False when
 * there are none. */
static bool map_tables(const struct image *image, struct bp_unwind *unwind, struct bp_view *mapping)
{
    const Elf64_Phdr *header = phdr_of(image, PT_GNU_EH_FRAME);
    const Elf64_Phdr *segment = header ? segment_at(image, header->p_offset, PF_R) : NULL;
    u64 start, end;
    long ret;

    if (!segment)
        return false;
    start = BP_ALIGN_DOWN(BP_MAX(tables_start(image, header->p_offset), segment->p_offset),
                          (u64)BP_PAGE_SIZE);
    end = segment->p_offset + segment->p_filesz;
    ret = bp_host(SYS_mmap, NULL, end - start, PROT_READ, MAP_PRIVATE, image->fd, start);
    if (bp_is_error(ret))
        return false;
    *mapping = (struct bp_view){
        .data = (const u8 *)ret,
        .len = end - start,
        .addr = image->bias + segment->p_vaddr + (start - segment->p_offset),
    };
    struct bp_view readable = *mapping;

    readable.len = bp_patch_readable((u64)ret, mapping->len);
    return bp_unwind_init(unwind, readable, image->bias + header->p_vaddr);
}

/* ---- is it a C library? ---- */

/*
 * Whether the file is an image of glibc or musl that makes system calls: the functions there that
 * do have no floating-point arguments or results. Told by its name, since musl's carries no other
 * mark.
 */
static bool is_c_library(int fd)
{
    static const char *const prefixes[] = {"libc.so",       "libc-2.",      "ld-linux-x86-64.so",
                                           "ld-2.",         "ld-musl-",     "libc.musl-",
                                           "libpthread.so", "libpthread-2."};
    char link[32], path[PATH_MAX];
    const char *name;
    long len;

    bp_snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = bp_host(SYS_readlink, link, path, sizeof(path) - 1);
    if (bp_is_error(len))
        return false;
    path[len] = 0;
    name = strrchr(path, '/');
    for (u32 i = 0; name && i < ARRAY_SIZE(prefixes); i++)
        if (!strncmp(name + 1, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

/* ---- sites ---- */

/* Finds the sites of text anew. False when the file is no image whose text could be known. */
static bool find_sites(struct bp_sites *sites, u64 addr, u64 len, int fd, u64 offset, void *memory)
{
    struct bp_view text = {(const u8 *)addr, bp_patch_readable(addr, len), addr};
    struct bp_view mapping = {0};
    struct bp_unwind unwind;
    struct image image;
    bool known;

    if (!image_open(&image, fd, addr, offset))
        return false;
    known = map_tables(&image, &unwind, &mapping);
    bp_sites_find(sites, text, known ? &unwind : NULL, is_c_library(fd), memory);
    if (mapping.data)
        bp_host(SYS_munmap, mapping.data, mapping.len);
    return true;
}

static u64 nanoseconds(const struct timespec *time)
{
    return (u64)time->tv_sec * BP_NSEC_PER_SEC + (u64)time->tv_nsec;
}

static bool key_of(struct bp_text_key *key, int fd, u64 len, u64 offset)
{
    struct stat st;

    if (bp_host(SYS_fstat, fd, &st))
        return false;
    *key = (struct bp_text_key){
        .dev = st.st_dev,
        .ino = st.st_ino,
        .size = (u64)st.st_size,
        .mtime = nanoseconds(&st.st_mtim),
        .ctime = nanoseconds(&st.st_ctim),
        .offset = offset,
        .len = len,
    };
    return true;
}

/* Knows the sites, from the arena or by looking. False when the text is not to be patched. */
static bool know_sites(struct bp_sites *sites, const struct bp_text_key *key, u64 addr, int host_fd,
                       void *memory)
{
    if (key->ino && bp_site_cache_get(key, sites) && bp_patch_fits(addr, key->len, sites))
        return true;
    if (!find_sites(sites, addr, key->len, host_fd, key->offset, memory))
        return false;
    if (key->ino)
        bp_site_cache_put(key, sites);
    return true;
}

void bp_text_patch(struct bp_slot *slot, u64 addr, u64 len, int prot, int host_fd, u64 offset)
{
    struct bp_text_key key = {.len = len, .offset = offset};
    struct bp_sites sites;
    u64 size = bp_sites_memory(len);
    bool keyed = key_of(&key, host_fd, len, offset);
    long memory;

    if (keyed && bp_shared_text_map(slot, &key, addr, prot))
        return;
    memory = bp_host(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bp_is_error(memory))
        return;
    sites = (struct bp_sites){.items = (struct bp_site *)memory};
    if (know_sites(&sites, &key, addr, host_fd, (void *)memory)) {
        if (!keyed || !bp_shared_text_make(&key, addr, &sites, host_fd) ||
            !bp_shared_text_map(slot, &key, addr, prot))
            bp_patch_text(slot, addr, len, prot, &sites, NULL);
    }
    bp_host(SYS_munmap, memory, size);
}
