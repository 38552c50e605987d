/*
 * A program's buffers during one call: the kernel's iovec, fetched and checked once. Only
 * bp_copy_checked may touch what it points at.
 */
#ifndef BP_SOCKET_ITER_H
#define BP_SOCKET_ITER_H

#include "base/uaccess.h"

#include <sys/uio.h>

enum {
    BP_IOV_INLINE = 8,
    BP_IOV_MAX = 1024,      /* UIO_MAXIOV */
    BP_RW_MAX = 0x7ffff000, /* MAX_RW_COUNT: longer transfers are cut to it */
};

struct bp_iter {
    struct iovec *iov; /* the current buffer */
    size_t offset;     /* in it */
    size_t left;       /* bytes, over all buffers */
};

/* An imported array: on the handler stack when short, else in a chunk of the arena. */
struct bp_iov {
    struct bp_iter it;
    void *chunk;
    struct iovec inlined[BP_IOV_INLINE];
};

/* Fetches count buffers. Returns 0, -EINVAL (count or total length), -EFAULT, -ENOMEM. */
long bp_iov_import(struct bp_iov *iov, u64 user, u64 count);
void bp_iov_release(struct bp_iov *iov);

/* True when a buffer cannot be a program's: it lies in the kernel's half of the address space, or
 * in the arena. EFAULT even for a call that would not touch it. */
BP_INLINE bool bp_beyond_user_memory(u64 buf, u64 len)
{
    return unlikely((buf | len | (buf + len)) >> 47) || (unlikely(bp_in_arena((void *)buf)) && len);
}

/* One buffer: the runtime's own, or not beyond user memory. iov must outlive it. */
BP_INLINE struct bp_iter bp_iter_one(struct iovec *iov, u64 buf, u64 len)
{
    len = BP_MIN(len, (u64)BP_RW_MAX);
    *iov = (struct iovec){(void *)buf, len};
    return (struct bp_iter){iov, 0, len};
}

/* The current piece: its address and how much of it is left. Only while it->left > 0. */
BP_INLINE u8 *bp_iter_piece(struct bp_iter *it, size_t *len)
{
    while (it->offset == it->iov->iov_len) {
        it->iov++;
        it->offset = 0;
    }
    *len = it->iov->iov_len - it->offset;
    return (u8 *)it->iov->iov_base + it->offset;
}

/* n bytes of the current piece are done. */
BP_INLINE void bp_iter_advance(struct bp_iter *it, size_t n)
{
    it->offset += n;
    it->left -= n;
}

/* Copies bytes of the runtime to the program, or the other way round. n <= it->left. Returns 0 or
 * -EFAULT. */
long bp_iter_put(struct bp_iter *it, const void *src, size_t n);
long bp_iter_take(struct bp_iter *it, void *dst, size_t n);

#endif
