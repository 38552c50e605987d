#include "socket/fifo.h"
#include "sched/hand.h"
#include "socket/rights.h"

static enum bp_pool_id pool_for(size_t want)
{
    if (want <= BP_CHUNK_SMALL_BYTES)
        return BP_POOL_CHUNK_SMALL;
    return want <= BP_CHUNK_MEDIUM_BYTES ? BP_POOL_CHUNK_MEDIUM : BP_POOL_CHUNK_LARGE;
}

BP_INLINE u32 capacity_of(enum bp_pool_id pool)
{
    return pool == BP_POOL_CHUNK_SMALL    ? (u32)BP_CHUNK_SMALL_BYTES
           : pool == BP_POOL_CHUNK_MEDIUM ? (u32)BP_CHUNK_MEDIUM_BYTES
                                          : (u32)BP_CHUNK_LARGE_BYTES;
}

BP_INLINE struct bp_chunk *get(size_t want, bool alone)
{
    enum bp_pool_id pool = pool_for(want);
    struct bp_chunk *chunk = bp_pool_get_unless(alone, pool);

    if (unlikely(!chunk))
        return NULL;
    chunk->next = NULL;
    chunk->begin = chunk->end = 0;
    chunk->capacity = capacity_of(pool);
    chunk->sealed = chunk->packet = chunk->urgent = 0;
    chunk->rights = NULL;
    return chunk;
}

struct bp_chunk *bp_chunk_get(size_t want)
{
    return get(want, false);
}

void bp_chunk_put(struct bp_chunk *chunk)
{
    bp_pool_put(pool_for(chunk->capacity), chunk);
}

BP_INLINE void append(struct bp_fifo *fifo, struct bp_chunk *chunk, bool alone)
{
    if (fifo->last)
        bp_set_unless(alone, fifo->last->next, chunk);
    else
        bp_set_unless(alone, fifo->first, chunk);
    bp_set_unless(alone, fifo->last, chunk);
}

void bp_fifo_append(struct bp_fifo *fifo, struct bp_chunk *chunk)
{
    append(fifo, chunk, false);
}

BP_INLINE struct bp_chunk *grow(struct bp_fifo *fifo, size_t want, bool alone)
{
    struct bp_chunk *chunk = get(want, alone);

    if (likely(chunk != NULL))
        append(fifo, chunk, alone);
    return chunk;
}

struct bp_chunk *bp_fifo_grow(struct bp_fifo *fifo, size_t want)
{
    return grow(fifo, want, false);
}

struct bp_chunk *bp_fifo_grow_alone(struct bp_fifo *fifo, size_t want)
{
    return grow(fifo, want, true);
}

void bp_fifo_unread(struct bp_fifo *fifo, struct bp_chunk *chunk)
{
    bp_set(chunk->next, fifo->first);
    bp_set(fifo->first, chunk);
    if (!fifo->last)
        bp_set(fifo->last, chunk);
    bp_set(fifo->head, fifo->head - (chunk->end - chunk->begin));
}

BP_INLINE void shift(struct bp_fifo *fifo, bool alone)
{
    struct bp_chunk *chunk = fifo->first;

    bp_set_unless(alone, fifo->first, chunk->next);
    if (!fifo->first)
        bp_set_unless(alone, fifo->last, NULL);
    bp_pool_put_unless(alone, pool_for(chunk->capacity), chunk);
}

void bp_fifo_shift(struct bp_fifo *fifo)
{
    shift(fifo, false);
}

void bp_fifo_shift_alone(struct bp_fifo *fifo)
{
    shift(fifo, true);
}

struct bp_rights *bp_fifo_take_rights(struct bp_chunk *chunk)
{
    struct bp_rights *rights = chunk->rights;

    if (rights) {
        bp_hand_take(BP_HAND_RIGHTS, rights);
        bp_set(chunk->rights, NULL);
    }
    return rights;
}

struct bp_rights *bp_fifo_throw(struct bp_fifo *fifo)
{
    struct bp_chunk *first = fifo->first;
    struct bp_rights *rights = bp_fifo_take_rights(first);

    bp_set(fifo->head, fifo->head + (first->end - first->begin));
    bp_fifo_shift(fifo);
    return rights;
}

struct bp_chunk *bp_fifo_take_all(struct bp_fifo *fifo)
{
    struct bp_chunk *chunks = fifo->first;

    fifo->first = fifo->last = NULL;
    fifo->head = fifo->tail;
    return chunks;
}

void bp_chunks_put(struct bp_chunk *chunks)
{
    while (chunks) {
        struct bp_chunk *next = chunks->next;

        bp_rights_drop(chunks->rights);
        bp_chunk_put(chunks);
        chunks = next;
    }
}
