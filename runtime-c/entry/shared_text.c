#include "entry/shared_text.h"
#include "base/host.h"
#include "base/log.h"
#include "base/uaccess.h"
#include "entry/patch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
    WORTH = 16, /* sites: with fewer, what is saved is less than what it costs */
    /* Above the descriptors that the host hands out first. */
    DESCRIPTORS_FROM = 512,
    SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
};

static const u64 longest_text = 64 << 20;

struct shared {
    struct bp_text_key key;
    int fd;
    u64 ino;                /* of the memfd */
    u64 thunks_offset;      /* in it */
    u64 thunks_size;        /* whole pages */
    struct bp_moved *moved; /* private memory, inherited */
    u32 moved_count;
    char name[BP_SHARED_TEXT_NAME];
};

static struct {
    struct bp_lock lock; /* of adding; what is there stays as it is */
    u32 count;
    bool complete;
    struct shared texts[BP_SHARED_TEXTS_MAX];
} all;

static u64 pages(u64 bytes)
{
    return BP_ALIGN_UP(bytes, (u64)BP_PAGE_SIZE);
}

static const struct shared *find(const struct bp_text_key *key)
{
    u32 count = bp_load_acquire(&all.count);

    for (u32 i = 0; i < count; i++) {
        if (!memcmp(&all.texts[i].key, key, sizeof(*key)))
            return &all.texts[i];
    }
    return NULL;
}

bool bp_shared_text_map(struct bp_slot *slot, const struct bp_text_key *key, u64 addr, int prot)
{
    const struct shared *text = find(key);
    u64 thunks;
    long ret;

    if (!text)
        return false;
    thunks =
        bp_slot_map_shared_thunks(slot, addr, text->thunks_size, text->fd, text->thunks_offset);
    if (!thunks || bp_patch_know(slot, addr, key->len, thunks, (u32)text->thunks_size, text->moved,
                                 text->moved_count))
        return false;
    ret = bp_host(SYS_mmap, addr, key->len, prot, MAP_PRIVATE | MAP_FIXED, text->fd, key->offset);
    if (!bp_is_error(ret))
        return true;
    bp_patch_forget(slot, addr, key->len);
    return false;
}

/* ---- making ---- */

static void name_of(char name[BP_SHARED_TEXT_NAME], int host_fd)
{
    char link[32];
    long len;

    bp_snprintf(link, sizeof(link), "/proc/self/fd/%d", host_fd);
    len = bp_host(SYS_readlink, link, name, BP_SHARED_TEXT_NAME - 1);
    name[bp_is_error(len) ? 0 : len] = 0;
}

/* An empty memfd with the name of the file, its number out of the way. Negative errno. */
static int create(struct shared *text, int host_fd, u64 size)
{
    char name[BP_SHARED_TEXT_NAME + 16];
    struct stat st;
    long low, fd;

    name_of(text->name, host_fd);
    bp_snprintf(name, sizeof(name), "bypassgen:%s", text->name);
    low = bp_host(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (bp_is_error(low))
        return (int)low;
    fd = bp_host(SYS_fcntl, low, F_DUPFD_CLOEXEC, DESCRIPTORS_FROM);
    bp_host(SYS_close, low);
    if (bp_is_error(fd))
        return (int)fd;
    if (bp_host(SYS_ftruncate, fd, size) || bp_host(SYS_fstat, fd, &st)) {
        bp_host(SYS_close, fd);
        return -1;
    }
    text->ino = st.st_ino;
    return text->fd = (int)fd;
}

/* The file's first page, for those who look for its build-id. The text may begin with it. */
static void copy_headers(const struct shared *text, int host_fd)
{
    u8 page[BP_PAGE_SIZE];
    long len = text->key.offset ? bp_host(SYS_pread64, host_fd, page, sizeof(page), 0) : 0;

    if (len > 0)
        bp_host(SYS_pwrite64, text->fd, page, len, 0);
}

/* Writes text and thunks to the memfd, and seals it. */
static bool fill(struct shared *text, u64 addr, const struct bp_sites *sites, int host_fd)
{
    u64 len = pages(text->key.len), size = len + text->thunks_size;
    long memory = bp_host(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, text->fd,
                          text->key.offset);
    struct bp_patch_job job = {
        .text = {(const u8 *)addr, text->key.len, addr},
        .sites = sites,
        .text_out = (u8 *)memory,
        .thunks = bp_slot_shared_thunks(addr),
        .thunks_out = (u8 *)memory + len,
        .moved = text->moved,
    };
    bool copied;

    if (bp_is_error(memory))
        return false;
    copied = !bp_copy((void *)memory, (const void *)addr, len);
    if (copied)
        bp_patch_write(&job);
    bp_host(SYS_munmap, memory, size);
    text->moved_count = job.moved_count;
    copy_headers(text, host_fd);
    return copied && !bp_host(SYS_fcntl, text->fd, F_ADD_SEALS, SEALS);
}

/* Some hosts do not let a memfd be executed. */
static bool may_run(const struct shared *text)
{
    long ret = bp_host(SYS_mmap, NULL, BP_PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, text->fd,
                       text->thunks_offset);

    if (bp_is_error(ret))
        return false;
    bp_host(SYS_munmap, ret, BP_PAGE_SIZE);
    return true;
}

static bool make(struct shared *text, u64 addr, const struct bp_sites *sites, int host_fd)
{
    u64 table = sites->count * sizeof(struct bp_moved);
    long memory = bp_host(SYS_mmap, NULL, table, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (bp_is_error(memory))
        return false;
    text->moved = (struct bp_moved *)memory;
    text->thunks_offset = pages(text->key.offset + text->key.len);
    text->thunks_size = pages(bp_patch_thunks_size(sites));
    if (create(text, host_fd, text->thunks_offset + text->thunks_size) < 0)
        goto unmap;
    if (!fill(text, addr, sites, host_fd) || !may_run(text))
        goto close;
    return true;
close:
    bp_host(SYS_close, text->fd);
unmap:
    bp_host(SYS_munmap, memory, table);
    return false;
}

bool bp_shared_text_make(const struct bp_text_key *key, u64 addr, const struct bp_sites *sites,
                         int host_fd)
{
    bool made = false;

    if (sites->count < WORTH || key->len > longest_text || all.complete)
        return false;
    bp_lock(&all.lock);
    if (all.count < BP_SHARED_TEXTS_MAX && !find(key)) {
        struct shared *text = &all.texts[all.count];

        *text = (struct shared){.key = *key};
        made = make(text, addr, sites, host_fd);
        bp_store_release(&all.count, all.count + made);
    }
    bp_unlock(&all.lock);
    return made;
}

/* ---- others ---- */

void bp_shared_texts_forked(void)
{
    all.complete = true;
    all.lock = (struct bp_lock){0};
}

u32 bp_shared_text_descriptors(int fds[BP_SHARED_TEXTS_MAX])
{
    for (u32 i = 0; i < all.count; i++)
        fds[i] = all.texts[i].fd;
    return all.count;
}

bool bp_shared_text_file(u64 ino, struct bp_shared_text_file *file)
{
    u32 count = bp_load_acquire(&all.count);

    for (u32 i = 0; i < count; i++) {
        const struct shared *text = &all.texts[i];

        if (text->ino != ino)
            continue;
        *file = (struct bp_shared_text_file){text->key.dev, text->key.ino, text->name};
        return true;
    }
    return false;
}
