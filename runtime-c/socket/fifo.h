/*
 * A byte FIFO in the arena: a list of chunks that are taken from pools when bytes come in and given
 * back as soon as they are drained, so an empty FIFO owns no memory. The bytes in it are tail -
 * head, both counting modulo 2^32; a writer commits by storing tail, a reader by storing head,
 * after the copy.
 *
 * The FIFO itself has no lock: its owner's lock protects it, and what is done between taking and
 * giving up that lock is whole (base/undo.h). Copies of program memory happen
 * outside that lock, between reserve and commit, one writer and one reader at a time (the turns in
 * struct bp_file).
 */
#ifndef BP_SOCKET_FIFO_H
#define BP_SOCKET_FIFO_H

#include "base/base.h"
#include "memory/pool.h"

struct bp_rights;

struct bp_chunk {
    struct bp_chunk *next;
    u32 begin, end; /* the bytes not yet read: data[begin .. end) */
    u32 capacity;   /* of data; names the pool */
    u16 sealed;     /* nothing may be appended: a packet, or bytes that carry descriptors */
    u8 packet;      /* a read takes the chunk whole (O_DIRECT pipes) */
    u8 urgent;      /* one byte, the mark (socket/urgent.h) */
    struct bp_rights *rights; /* descriptors that travel with the first byte, or NULL */
    u8 data[];
};

/*
 * Capacities by pool. The objects' sizes are odd multiples of a cache line, so that their first
 * lines do not all fall into the same few sets of the L1 cache; one 64 KiB write fits one large
 * chunk.
 */
enum {
    BP_CHUNK_SMALL_BYTES = 9 * 64 - sizeof(struct bp_chunk),
    BP_CHUNK_MEDIUM_BYTES = 65 * 64 - sizeof(struct bp_chunk),
    BP_CHUNK_LARGE_BYTES = 1025 * 64 - sizeof(struct bp_chunk),
};

/* alone, in what follows: a constant that says that nobody shares the arena now. */

struct bp_fifo {
    u32 head, tail;
    struct bp_chunk *first, *last;
};

BP_INLINE u32 bp_fifo_used(const struct bp_fifo *fifo)
{
    return READ_ONCE(fifo->tail) - READ_ONCE(fifo->head);
}

/* Appends an empty chunk with room for at least one byte, sized for want bytes. NULL when the arena
 * is exhausted. */
struct bp_chunk *bp_fifo_grow(struct bp_fifo *fifo, size_t want);
struct bp_chunk *bp_fifo_grow_alone(struct bp_fifo *fifo, size_t want);

/* Appends a chunk that the caller filled (bp_chunk_get). */
void bp_fifo_append(struct bp_fifo *fifo, struct bp_chunk *chunk);

/* Puts a chunk with bytes that were read already in front again. */
void bp_fifo_unread(struct bp_fifo *fifo, struct bp_chunk *chunk);

/* Takes an unlinked, empty chunk sized for want bytes, NULL when the arena is exhausted; gives one
 * without rights back. */
struct bp_chunk *bp_chunk_get(size_t want);
void bp_chunk_put(struct bp_chunk *chunk);

/* The descriptors that travel with a chunk, into the hand; NULL when there are none. */
struct bp_rights *bp_fifo_take_rights(struct bp_chunk *chunk);

/* Throws the first chunk away, with its bytes; the same of its descriptors. */
struct bp_rights *bp_fifo_throw(struct bp_fifo *fifo);

/* Gives back the first chunk, which is drained and has no rights any more. */
void bp_fifo_shift(struct bp_fifo *fifo);
void bp_fifo_shift_alone(struct bp_fifo *fifo);

/* Takes all chunks out, for bp_chunks_put after the lock is dropped. Of FIFOs whose owner everybody
 * ends with. */
struct bp_chunk *bp_fifo_take_all(struct bp_fifo *fifo);

/* Gives back a list of chunks and the descriptors that travel in them. No lock is held
 * (bp_rights_drop). */
void bp_chunks_put(struct bp_chunk *chunks);

/* A chunk to write to, with room for `least` bytes or more; a new one is sized for want. */
BP_INLINE struct bp_chunk *bp_fifo_reserve(struct bp_fifo *fifo, size_t want, size_t least,
                                           bool alone)
{
    struct bp_chunk *last = fifo->last;

    if (last && last->capacity - last->end >= least && !last->sealed)
        return last;
    return alone ? bp_fifo_grow_alone(fifo, want) : bp_fifo_grow(fifo, want);
}

/* Makes n bytes that were written behind chunk->end readable. chunk is the last one. */
BP_INLINE void bp_fifo_commit(struct bp_fifo *fifo, struct bp_chunk *chunk, u32 n, bool alone)
{
    bp_set_unless(alone, chunk->end, chunk->end + n);
    bp_set_unless(alone, fifo->tail, fifo->tail + n);
}

/* Takes n bytes off the first chunk, which has as many. A drained chunk is given back unless a
 * writer is at work in it. */
BP_INLINE void bp_fifo_consume(struct bp_fifo *fifo, u32 n, bool keep_last, bool alone)
{
    struct bp_chunk *first = fifo->first;

    bp_set_unless(alone, first->begin, first->begin + n);
    bp_set_unless(alone, fifo->head, fifo->head + n);
    if (first->begin == first->end && !(keep_last && first == fifo->last))
        alone ? bp_fifo_shift_alone(fifo) : bp_fifo_shift(fifo);
}

#endif
