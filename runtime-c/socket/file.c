#include "socket/file.h"
#include "sched/hand.h"
#include "socket/stream.h"
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

    if (!file)
        return NULL;
    init(file, kind, mode);
    bp_hand_take(BP_HAND_FILE, file);
    return file;
}

void bp_file_free(struct bp_file *file)
{
    bp_hand_put(file);
    bp_pool_put(BP_POOL_FILE, file);
    bp_undo_forget();
}

void bp_file_hold_shared(struct bp_file *file)
{
    bp_lock(&file->lock);
    bp_hand_take(BP_HAND_FILE, file);
    bp_set(file->refs, file->refs + 1);
    bp_unlock(&file->lock);
}

bool bp_file_leave_shared(struct bp_file *file)
{
    bool last;

    bp_lock(&file->lock);
    last = file->refs == 1;
    if (!last) {
        bp_hand_put(file);
        bp_set(file->refs, file->refs - 1);
    }
    bp_unlock(&file->lock);
    return last;
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
    bp_hand_take(BP_HAND_FILE, &pair->end[0]);
    return &pair->end[0];
}

void bp_pair_adopt(struct bp_file *second)
{
    bp_set(second->refs, 1);
    bp_set(second[-1].pair_refs, 2);
}

bool bp_pair_leave(struct bp_file *half)
{
    struct bp_file *first = bp_pair_first(half);
    bool last;

    bp_lock(&first->lock);
    last = first->pair_refs == 1;
    if (!last) {
        bp_hand_put(half);
        bp_set(first->pair_refs, first->pair_refs - 1);
    }
    bp_unlock(&first->lock);
    return last;
}

void bp_pair_free(struct bp_file *first)
{
    struct bp_file *second = bp_pair_second(first);

    /* A writer may have been at work while the reading half was closed: whatever is left goes now.
     */
    bp_stream_empty(first);
    bp_stream_empty(second);
    bp_hand_put(first);
    bp_hand_put(second);
    bp_pool_put(BP_POOL_PAIR, first);
    bp_undo_forget();
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
