#include "socket/iter.h"
#include "base/uaccess.h"
#include "sched/hand.h"
#include "socket/fifo.h"

BP_STATIC_ASSERT(BP_IOV_MAX * sizeof(struct iovec) <= BP_CHUNK_LARGE_BYTES,
                 "an array fits a chunk");

/* Where programs' addresses end. */
#define USER_END 0x7ffffffff000ULL

/* Cuts the total to BP_RW_MAX, as the kernel does. Returns it, -EINVAL (negative length) or -EFAULT
 * (beyond
 * memory, or the arena). */
static long cut(struct iovec *iov, u64 count)
{
    size_t total = 0;

    for (u64 i = 0; i < count; i++) {
        if ((s64)iov[i].iov_len < 0)
            return -EINVAL;
        if (iov[i].iov_len > USER_END || (u64)iov[i].iov_base > USER_END - iov[i].iov_len ||
            (iov[i].iov_len && bp_in_arena(iov[i].iov_base)))
            return -EFAULT;
        iov[i].iov_len = BP_MIN(iov[i].iov_len, BP_RW_MAX - total);
        total += iov[i].iov_len;
    }
    return (long)total;
}

long bp_iov_import(struct bp_iov *iov, u64 user, u64 count)
{
    struct iovec *array = iov->inlined;
    long ret;

    iov->chunk = NULL;
    if (count > BP_IOV_MAX)
        return -EINVAL;
    if (count > BP_IOV_INLINE) {
        array = iov->chunk = bp_buffer_get(BP_POOL_CHUNK_LARGE);
        if (!array)
            return -ENOMEM;
    }
    ret = bp_copy_in(array, (const void *)user, count * sizeof(*array));
    if (!ret)
        ret = cut(array, count);
    if (ret < 0) {
        bp_iov_release(iov);
        return ret;
    }
    iov->it = (struct bp_iter){array, 0, (size_t)ret};
    return 0;
}

void bp_iov_release(struct bp_iov *iov)
{
    if (iov->chunk)
        bp_buffer_put(BP_POOL_CHUNK_LARGE, iov->chunk);
}

long bp_iter_put(struct bp_iter *it, const void *src, size_t n)
{
    size_t len;

    for (; n; n -= len, src = (const u8 *)src + len) {
        u8 *dst = bp_iter_piece(it, &len);

        len = BP_MIN(len, n);
        if (bp_copy_checked(dst, src, len))
            return -EFAULT;
        bp_iter_advance(it, len);
    }
    return 0;
}

long bp_iter_take(struct bp_iter *it, void *dst, size_t n)
{
    size_t len;

    for (; n; n -= len, dst = (u8 *)dst + len) {
        u8 *src = bp_iter_piece(it, &len);

        len = BP_MIN(len, n);
        if (bp_copy_checked(dst, src, len))
            return -EFAULT;
        bp_iter_advance(it, len);
    }
    return 0;
}
