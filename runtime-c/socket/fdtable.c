#include "socket/fdtable.h"
#include "memory/arena.h"
#include "sched/hand.h"
#include "sched/process.h"
#include "socket/hostfile.h"
#include "socket/local_listener.h"
#include "socket/reclock.h"
#include "socket/upcalls.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    WORD = 64,
    WORDS = BP_FD_MAX / WORD,
    FULL_BYTES = WORDS / 8,
    FILES_BYTES = BP_FD_MAX * sizeof(struct bp_file *),
    WORDS_BYTES = WORDS * sizeof(struct bp_fd_word),
    HEADER_BYTES = BP_PAGE_SIZE,
    TABLE_BYTES = HEADER_BYTES + FILES_BYTES + WORDS_BYTES,
    SMALL_END = 4096, /* tables that never held more keep their pages */
};

/* A fork makes a table: as few pages as can be are touched. */
BP_STATIC_ASSERT(sizeof(struct bp_fdtable) + FULL_BYTES <= HEADER_BYTES, "layout");

struct bp_fdtable *bp_fdtable_create(u32 limit)
{
    struct bp_fdtable *table;

    return bp_fdtable_create_to(&table, limit);
}

struct bp_fdtable *bp_fdtable_create_to(struct bp_fdtable **to, u32 limit)
{
    u64 memory = (u64)bp_arena_alloc_to(to, TABLE_BYTES);
    struct bp_fdtable *table = (struct bp_fdtable *)memory;

    if (!memory)
        return NULL;
    table->full = (u64 *)(memory + HEADER_BYTES - FULL_BYTES);
    table->files = (struct bp_file **)(memory + HEADER_BYTES);
    table->words = (struct bp_fd_word *)(memory + HEADER_BYTES + FILES_BYTES);
    bp_fdtable_set_limit(table, limit);
    return table;
}

void bp_fdtable_free(struct bp_fdtable *table)
{
    if (table->end > SMALL_END) {
        bp_arena_free(table, TABLE_BYTES);
        return;
    }
    memset(table->files, 0, table->end * sizeof(struct bp_file *));
    memset(table->words, 0, BP_ALIGN_UP(table->end, (u32)WORD) / WORD * sizeof(struct bp_fd_word));
    memset(table, 0, HEADER_BYTES);
    bp_arena_free_zeroed(table, TABLE_BYTES);
}

void bp_fdtable_close(struct bp_fdtable *table)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        struct bp_file *file = bp_fd_remove(table, fd);

        if (file)
            bp_file_drop(file);
    }
    bp_reclock_end(table);
}

void bp_fdtable_destroy(struct bp_fdtable *table)
{
    bp_fdtable_close(table);
    bp_fdtable_free(table);
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

BP_INLINE bool is_used(const struct bp_fdtable *table, u32 fd)
{
    return table->words[fd / WORD].used >> fd % WORD & 1;
}

BP_INLINE bool has_cloexec(const struct bp_fdtable *table, u32 fd)
{
    return table->words[fd / WORD].cloexec >> fd % WORD & 1;
}

BP_INLINE void assign_bit(u64 *word, u32 n, bool value)
{
    *word = (*word & ~(1ULL << n % WORD)) | (u64)value << n % WORD;
}

static void set_full(struct bp_fdtable *table, u32 word, bool value)
{
    assign_bit(&table->full[word / WORD], word, value);
}

static void mark_used(struct bp_fdtable *table, u32 fd)
{
    u64 *used = &table->words[fd / WORD].used;

    *used |= 1ULL << fd % WORD;
    if (*used == ~0ULL)
        set_full(table, fd / WORD, true);
    table->end = BP_MAX(table->end, fd + 1);
}

static void mark_free(struct bp_fdtable *table, u32 fd)
{
    table->words[fd / WORD].used &= ~(1ULL << fd % WORD);
    set_full(table, fd / WORD, false);
    table->next = BP_MIN(table->next, fd);
}

/* The lowest free descriptor that is at least min; BP_FD_MAX when there is none. */
static u32 find_free(const struct bp_fdtable *table, u32 min)
{
    u32 word = min / WORD;
    u64 zeros = ~table->words[word].used & ~0ULL << min % WORD;

    if (likely(zeros != 0))
        return word * WORD + (u32)__builtin_ctzll(zeros);
    word++;
    for (u32 group = word / WORD; group < WORDS / WORD; group++, word = group * WORD) {
        zeros = ~table->full[group] & ~0ULL << word % WORD;
        if (zeros) {
            word = group * WORD + (u32)__builtin_ctzll(zeros);
            return word * WORD + (u32)__builtin_ctzll(~table->words[word].used);
        }
    }
    return BP_FD_MAX;
}

/* ---- descriptors ---- */

static void put_at(struct bp_fdtable *table, struct bp_file *file, u32 fd, bool cloexec)
{
    mark_used(table, fd);
    assign_bit(&table->words[fd / WORD].cloexec, fd, cloexec);
    bp_set(table->files[fd], file);
    bp_hand_put(file);
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

bool bp_fdtable_has(const struct bp_fdtable *table, const struct bp_file *file)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (READ_ONCE(table->files[fd]) == file)
            return true;
    }
    return false;
}

/* A descriptor of it has gone from the table, which still has its reference. */
static void has_left(struct bp_fdtable *table, struct bp_file *file)
{
    if (unlikely(table->record_locks))
        bp_reclock_closed(table, file);
    if (likely(!bp_process_shared()))
        return;
    if (file->kind == BP_FILE_LISTENER)
        bp_listener_hand_over(file);
    /* Others go on with it; what the host listens to for us would stay in the host's table. */
    if (file->kind != BP_FILE_HOST && bp_hostfile_is_beside(file) && READ_ONCE(file->refs) > 1 &&
        !bp_upcalls.process_has(file))
        bp_hostfile_close_beside(file);
}

int bp_fd_install_at(struct bp_fdtable *table, struct bp_file *file, u32 fd, bool cloexec)
{
    struct bp_file *before;

    if (fd >= table->limit)
        return -EBADF;
    bp_lock(&table->lock);
    before = table->files[fd];
    if (before)
        bp_hand_take(BP_HAND_FILE, before);
    if (!before && is_used(table, fd)) {
        bp_unlock(&table->lock);
        return -EBUSY;
    }
    put_at(table, file, fd, cloexec);
    bp_unlock(&table->lock);
    if (before) {
        has_left(table, before);
        bp_file_drop(before);
    }
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
        bp_hand_take(BP_HAND_FILE, file);
        bp_set(table->files[fd], NULL);
        mark_free(table, fd);
    }
    bp_unlock(&table->lock);
    if (file)
        has_left(table, file);
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
    return has_cloexec(table, (u32)fd);
}

int bp_fd_set_cloexec(u64 fd, bool cloexec)
{
    struct bp_fdtable *table = bp_current()->fds;
    int ret = -EBADF;

    if ((u32)fd >= BP_FD_MAX)
        return -EBADF;
    bp_lock(&table->lock);
    if (table->files[(u32)fd]) {
        assign_bit(&table->words[(u32)fd / WORD].cloexec, (u32)fd, cloexec);
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

bool bp_fdtable_copy(struct bp_fdtable *copy, struct bp_fdtable *table,
                     struct bp_file *(*inherit)(struct bp_file *file))
{
    for (u32 fd = 0; fd < table->end; fd++) {
        struct bp_file *file = table->files[fd];

        if (!file)
            continue;
        file = inherit(file);
        if (!file)
            return false;
        put_at(copy, file, fd, has_cloexec(table, fd));
        bp_undo_forget();
    }
    return true;
}

void bp_fdtable_close_on_exec(struct bp_fdtable *table)
{
    for (u32 fd = 0; fd < table->end; fd++) {
        if (table->files[fd] && has_cloexec(table, fd))
            bp_file_drop(bp_fd_remove(table, fd));
    }
}
