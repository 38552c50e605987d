#include "socket/file.h"
#include "socket/watch.h"

#include <fcntl.h>

BP_STATIC_ASSERT(sizeof(struct bp_chunk) == 32, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_pair) == 10 * 64, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_watch) <= 2 * 64, "memory/pool.def");
BP_STATIC_ASSERT(sizeof(struct bp_unix_name) <= 2 * 64, "memory/pool.def");

static void init(struct bp_file *file, enum bp_file_kind kind, u32 mode)
{
    file->kind = (u8)kind;
    file->mode = (u8)mode;
    file->state = 0;
    file->refs = 1;
    file->lock = (struct bp_lock){0};
    file->limit = BP_STREAM_LIMIT;
    bp_list_init(&file->watches);
    file->fifo = (struct bp_fifo){0};
    file->peer = NULL;
    file->host_fd = -1;
    file->pair_refs = 0;
    file->read_turn = file->write_turn = (struct bp_lock){0};
}

struct bp_file *bp_file_create(enum bp_file_kind kind, u32 mode)
{
    struct bp_file *file = bp_pool_get(BP_POOL_FILE);

    if (file)
        init(file, kind, mode);
    return file;
}

void bp_file_free(struct bp_file *file)
{
    bp_pool_put(BP_POOL_FILE, file);
}

struct bp_file *bp_pair_create(enum bp_file_kind kind, u32 mode)
{
    struct bp_pair *pair = bp_pool_get(BP_POOL_PAIR);

    if (!pair)
        return NULL;
    init(&pair->end[0], kind, mode);
    init(&pair->end[1], kind, mode);
    pair->end[0].pair_refs = 1;
    pair->end[1].state = BP_STATE_SECOND;
    pair->end[1].refs = 0;
    return &pair->end[0];
}

void bp_pair_adopt(struct bp_file *second)
{
    second->refs = 1;
    second[-1].pair_refs = 2;
}

bool bp_pair_leave(struct bp_file *half)
{
    struct bp_file *first = bp_pair_first(half);

    if (BP_MAY_SHARE && unlikely(bp_lock_shared))
        return !__atomic_sub_fetch(&first->pair_refs, 1, __ATOMIC_ACQ_REL);
    return !--first->pair_refs;
}

void bp_pair_free(struct bp_file *first)
{
    /* A writer may have been at work while the reading half was closed: whatever is left goes now.
     */
    bp_chunks_put(bp_fifo_take_all(&first->fifo));
    bp_chunks_put(bp_fifo_take_all(&bp_pair_second(first)->fifo));
    bp_pool_put(BP_POOL_PAIR, first);
}

void bp_file_release(struct bp_file *file)
{
    if (!bp_list_empty(&file->watches))
        bp_watch_forget(file);
    bp_file_ops[file->kind]->release(file);
}

u32 bp_file_open_flags(const struct bp_file *file)
{
    static const u32 access[] = {[BP_MODE_READ] = O_RDONLY,
                                 [BP_MODE_WRITE] = O_WRONLY,
                                 [BP_MODE_READ | BP_MODE_WRITE] = O_RDWR};

    return access[file->mode & (BP_MODE_READ | BP_MODE_WRITE)] |
           (file->mode & BP_MODE_NONBLOCK ? O_NONBLOCK : 0) |
           (file->mode & BP_MODE_APPEND ? O_APPEND : 0) |
           (file->mode & BP_MODE_DIRECT ? O_DIRECT : 0);
}
