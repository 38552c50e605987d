#include "socket/fifo.h"
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

struct bp_chunk *bp_chunk_get(size_t want)
{
    enum bp_pool_id pool = pool_for(want);
    struct bp_chunk *chunk = bp_pool_get(pool);

    if (unlikely(!chunk))
        return NULL;
    chunk->next = NULL;
    chunk->begin = chunk->end = 0;
    chunk->capacity = capacity_of(pool);
    chunk->sealed = chunk->packet = 0;
    chunk->rights = NULL;
    return chunk;
}

void bp_chunk_put(struct bp_chunk *chunk)
{
    bp_pool_put(pool_for(chunk->capacity), chunk);
}

void bp_fifo_append(struct bp_fifo *fifo, struct bp_chunk *chunk)
{
    if (fifo->last)
        fifo->last->next = chunk;
    else
        fifo->first = chunk;
    fifo->last = chunk;
}

struct bp_chunk *bp_fifo_grow(struct bp_fifo *fifo, size_t want)
{
    struct bp_chunk *chunk = bp_chunk_get(want);

    if (likely(chunk != NULL))
        bp_fifo_append(fifo, chunk);
    return chunk;
}

void bp_fifo_unread(struct bp_fifo *fifo, struct bp_chunk *chunk)
{
    chunk->next = fifo->first;
    fifo->first = chunk;
    if (!fifo->last)
        fifo->last = chunk;
    WRITE_ONCE(fifo->head, fifo->head - (chunk->end - chunk->begin));
}

void bp_fifo_shift(struct bp_fifo *fifo)
{
    struct bp_chunk *chunk = fifo->first;

    fifo->first = chunk->next;
    if (!fifo->first)
        fifo->last = NULL;
    bp_chunk_put(chunk);
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
