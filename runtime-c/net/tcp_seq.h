/* Sequence numbers: arithmetic modulo 2^32 (RFC 9293, 3.4). The same serves 32-bit millisecond
 * times. */
#ifndef BP_NET_TCP_SEQ_H
#define BP_NET_TCP_SEQ_H

#include "base/base.h"

BP_INLINE bool bp_seq_before(u32 a, u32 b)
{
    return (s32)(a - b) < 0;
}

BP_INLINE bool bp_seq_after(u32 a, u32 b)
{
    return (s32)(b - a) < 0;
}

/* start <= seq < end; nothing lies between equal ends. */
BP_INLINE bool bp_seq_within(u32 seq, u32 start, u32 end)
{
    return seq - start < end - start;
}

BP_INLINE u32 bp_seq_max(u32 a, u32 b)
{
    return bp_seq_before(a, b) ? b : a;
}

BP_INLINE u32 bp_seq_min(u32 a, u32 b)
{
    return bp_seq_before(a, b) ? a : b;
}

#endif
