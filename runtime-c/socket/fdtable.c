#include "socket/fdtable.h"
#include "memory/arena.h"
#include "socket/local_listener.h"
#include "socket/reclock.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    WORD = 64,
    FILES_BYTES = BP_FD_MAX * sizeof(struct bp_file *),
    BITS_BYTES = BP_FD_MAX / 8,
    FULL_BYTES = BP_FD_MAX / WORD / 8,
    HEADER_BYTES = BP_PAGE_SIZE,
    TABLE_BYTES = HEADER_BYTES + FILES_BYTES + 2 * BITS_BYTES + FULL_BYTES,
};

BP_STATIC_ASSERT(sizeof(struct bp_fdtable) <= HEADER_BYTES, "layout");

struct bp_fdtable *bp_fdtable_create(u32 limit)
{
    u64 memory = (u64)bp_arena_alloc(TABLE_BYTES);
    struct bp_fdtable *table = (struct bp_fdtable *)memory;

    if (!memory)
        return NULL;
    table->files = (struct bp_file **)(memory + HEADER_BYTES);
    table->used = (u64 *)(memory + HEADER_BYTES + FILES_BYTES);
    table->cloexec = table->used + BITS_BYTES / 8;
    table->full = table->cloexec + BITS_BYTES / 8;
    bp_fdtable_set_limit(table, limit);
    return table;
}

void bp_fdtable_destroy(struct bp_fdtable *table)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        struct bp_file *file = bp_fd_remove(table, fd);

        if (file)
            bp_file_drop(file);
    }
    bp_reclock_end(table);
    bp_arena_free(table, TABLE_BYTES);
}

void bp_fdtable_set_limit(struct bp_fdtable *table, u32 limit)
{
    table->limit = BP_MIN(limit, (u32)BP_FD_MAX);
}

void bp_fdtable_add_thread(struct bp_fdtable *table)
{
    table->threads = true;
}

/* ---- bits ---- */

BP_INLINE bool test_bit(const u64 *bits, u32 n)
{
    return bits[n / WORD] >> n % WORD & 1;
}

BP_INLINE void assign_bit(u64 *bits, u32 n, bool value)
{
    bits[n / WORD] = (bits[n / WORD] & ~(1ULL << n % WORD)) | (u64)value << n % WORD;
}

static void mark_used(struct bp_fdtable *table, u32 fd)
{
    u64 *word = &table->used[fd / WORD];

    *word |= 1ULL << fd % WORD;
    if (*word == ~0ULL)
        assign_bit(table->full, fd / WORD, true);
}

static void mark_free(struct bp_fdtable *table, u32 fd)
{
    table->used[fd / WORD] &= ~(1ULL << fd % WORD);
    assign_bit(table->full, fd / WORD, false);
    table->next = BP_MIN(table->next, fd);
}

/* The lowest free descriptor that is at least min; BP_FD_MAX when there is none. */
static u32 find_free(const struct bp_fdtable *table, u32 min)
{
    u32 word = min / WORD;
    u64 zeros = ~table->used[word] & ~0ULL << min % WORD;

    if (likely(zeros != 0))
        return word * WORD + (u32)__builtin_ctzll(zeros);
    word++;
    for (u32 group = word / WORD; group < BP_FD_MAX / WORD / WORD; group++, word = group * WORD) {
        zeros = ~table->full[group] & ~0ULL << word % WORD;
        if (zeros) {
            word = group * WORD + (u32)__builtin_ctzll(zeros);
            return word * WORD + (u32)__builtin_ctzll(~table->used[word]);
        }
    }
    return BP_FD_MAX;
}

/* ---- descriptors ---- */

static void put_at(struct bp_fdtable *table, struct bp_file *file, u32 fd, bool cloexec)
{
    mark_used(table, fd);
    assign_bit(table->cloexec, fd, cloexec);
    table->end = BP_MAX(table->end, fd + 1);
    bp_store_release(&table->files[fd], file);
}

/* Takes the lowest free descriptor that is at least min, or returns -EMFILE. Table locked. */
static int take_free(struct bp_fdtable *table, u32 min)
{
    u32 fd;

    if (min >= table->limit)
        return -EMFILE;
    fd = find_free(table, BP_MAX(min, table->next));
    if (unlikely(fd >= table->limit))
        return -EMFILE;
    if (min <= table->next)
        table->next = fd + 1 < BP_FD_MAX ? fd + 1 : fd;
    mark_used(table, fd);
    return (int)fd;
}

int bp_fd_install_from(struct bp_fdtable *table, struct bp_file *file, u32 min, bool cloexec)
{
    int fd;

    bp_lock(&table->lock);
    fd = take_free(table, min);
    if (likely(fd >= 0))
        put_at(table, file, (u32)fd, cloexec);
    bp_unlock(&table->lock);
    return fd;
}

int bp_fd_reserve(struct bp_fdtable *table)
{
    int fd;

    bp_lock(&table->lock);
    fd = take_free(table, 0);
    bp_unlock(&table->lock);
    return fd;
}

void bp_fd_fill(struct bp_fdtable *table, u32 fd, struct bp_file *file, bool cloexec)
{
    bp_lock(&table->lock);
    if (file)
        put_at(table, file, fd, cloexec);
    else
        mark_free(table, fd);
    bp_unlock(&table->lock);
}

int bp_fd_install_at(struct bp_fdtable *table, struct bp_file *file, u32 fd, bool cloexec)
{
    struct bp_file *before;

    if (fd >= table->limit)
        return -EBADF;
    bp_lock(&table->lock);
    before = table->files[fd];
    if (!before && test_bit(table->used, fd)) {
        bp_unlock(&table->lock);
        return -EBUSY;
    }
    put_at(table, file, fd, cloexec);
    bp_unlock(&table->lock);
    if (before && unlikely(table->record_locks))
        bp_reclock_closed(table, before);
    if (before)
        bp_file_drop(before);
    return (int)fd;
}

struct bp_file *bp_fd_remove(struct bp_fdtable *table, u32 fd)
{
    struct bp_file *file;

    if (fd >= BP_FD_MAX)
        return NULL;
    bp_lock(&table->lock);
    file = table->files[fd];
    if (likely(file != NULL)) {
        WRITE_ONCE(table->files[fd], NULL);
        mark_free(table, fd);
    }
    bp_unlock(&table->lock);
    if (file && unlikely(table->record_locks))
        bp_reclock_closed(table, file);
    if (file && unlikely(file->kind == BP_FILE_LISTENER))
        bp_listener_hand_over(file);
    return file;
}

/* The lock keeps the table's own reference in place while another one is taken. */
struct bp_file *bp_fd_get_slow(struct bp_fdtable *table, u32 fd)
{
    struct bp_file *file;

    if (!table->threads)
        return table->files[fd];
    bp_lock(&table->lock);
    file = table->files[fd];
    if (file)
        bp_file_hold(file);
    bp_unlock(&table->lock);
    return file;
}

int bp_fd_get_cloexec(u64 fd)
{
    struct bp_fdtable *table = bp_current()->fds;

    if ((u32)fd >= BP_FD_MAX || !READ_ONCE(table->files[(u32)fd]))
        return -EBADF;
    return test_bit(table->cloexec, (u32)fd);
}

int bp_fd_set_cloexec(u64 fd, bool cloexec)
{
    struct bp_fdtable *table = bp_current()->fds;
    int ret = -EBADF;

    if ((u32)fd >= BP_FD_MAX)
        return -EBADF;
    bp_lock(&table->lock);
    if (table->files[(u32)fd]) {
        assign_bit(table->cloexec, (u32)fd, cloexec);
        ret = 0;
    }
    bp_unlock(&table->lock);
    return ret;
}

int bp_host_fd(int fd)
{
    struct bp_file *file = bp_fd_get((u32)fd);
    int ret;

    if (!file)
        return -EBADF;
    ret = file->kind == BP_FILE_HOST ? file->host_fd : -EINVAL;
    bp_fd_put(file);
    return ret;
}

/* ---- whole tables ---- */

struct bp_fdtable *bp_fdtable_copy(struct bp_fdtable *table,
                                   struct bp_file *(*inherit)(struct bp_file *file))
{
    struct bp_fdtable *copy = bp_fdtable_create(table->limit);

    for (u32 fd = 0; copy && fd < table->end; fd++) {
        struct bp_file *file = table->files[fd];

        if (!file)
            continue;
        file = inherit(file);
        if (!file) {
            bp_fdtable_destroy(copy);
            return NULL;
        }
        put_at(copy, file, fd, test_bit(table->cloexec, fd));
    }
    return copy;
}

void bp_fdtable_close_on_exec(struct bp_fdtable *table)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd] && test_bit(table->cloexec, fd))
            bp_file_drop(bp_fd_remove(table, fd));
    }
}
