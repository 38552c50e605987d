#include "entry/unwind.h"

/* Pointer encodings, DW_EH_PE_*: how wide the value is (low half), and what is added to it (high
 * half). */
enum {
    PE_ABSOLUTE = 0x00,
    PE_UDATA2 = 0x02,
    PE_UDATA4 = 0x03,
    PE_UDATA8 = 0x04,
    PE_SDATA2 = 0x0a,
    PE_SDATA4 = 0x0b,
    PE_SDATA8 = 0x0c,
    PE_RELATIVE_TO_FIELD = 0x10,
    PE_RELATIVE_TO_HEADER = 0x30,
};

enum {
    ROW_SIZE = 8,
    AUGMENTATION_MAX = 16
};

/* Reads on from a place in the segment; once out of bounds, it stays failed and yields zeros. */
struct cursor {
    const struct bp_view *segment;
    u64 at, end; /* offsets */
    bool failed;
};

static struct cursor cursor_at(const struct bp_view *segment, u64 addr)
{
    struct cursor c = {.segment = segment, .at = addr - segment->addr, .end = segment->len};

    c.failed = c.at > c.end;
    return c;
}

/* A little-endian integer of size bytes. */
static u64 take(struct cursor *c, u32 size)
{
    u64 value = 0;

    if (c->failed || c->end - c->at < size) {
        c->failed = true;
        return 0;
    }
    __builtin_memcpy(&value, c->segment->data + c->at, size);
    c->at += size;
    return value;
}

static u64 take_leb128(struct cursor *c)
{
    u64 value = 0;

    for (u32 shift = 0; shift < 64; shift += 7) {
        u64 byte = take(c, 1);

        value |= (byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    c->failed = true;
    return 0;
}

/* Bytes of a value, 0 for an encoding that is not known. */
static u32 encoded_size(u8 encoding)
{
    static const u8 sizes[16] = {
        [PE_ABSOLUTE] = 8, [PE_UDATA2] = 2, [PE_UDATA4] = 4, [PE_UDATA8] = 8,
        [PE_SDATA2] = 2,   [PE_SDATA4] = 4, [PE_SDATA8] = 8,
    };

    return sizes[encoding & 0x0f];
}

/* A value as stored, sign-extended when its encoding says so. */
static u64 take_encoded(struct cursor *c, u8 encoding)
{
    u32 size = encoded_size(encoding);
    u64 value = take(c, size);

    if (!size)
        c->failed = true;
    else if (encoding & 8 && size < 8 && value >> (size * 8 - 1))
        value |= ~0ULL << (size * 8);
    return value;
}

/* Starts reading an entry of .eh_frame behind its length; the cursor ends with the entry. */
static struct cursor entry_at(const struct bp_view *segment, u64 addr)
{
    struct cursor c = cursor_at(segment, addr);
    u64 length = take(&c, 4);

    if (length < 4 || length > c.end - c.at) /* that includes 0xffffffff, the 64-bit format */
        c.failed = true;
    else
        c.end = c.at + length;
    return c;
}

/* How the entries that share this CIE encode addresses; 0xff when that cannot be told. */
static u8 address_encoding(const struct bp_view *segment, u64 cie)
{
    struct cursor c = entry_at(segment, cie), augmentation;
    u8 encoding = PE_ABSOLUTE;

    take(&c, 4); /* id */
    u64 version = take(&c, 1);
    augmentation = c;
    for (u32 i = 0; take(&c, 1); i++)
        c.failed |= i == AUGMENTATION_MAX;
    take_leb128(&c); /* code alignment */
    take_leb128(&c); /* data alignment */
    if (version == 1)
        take(&c, 1); /* return address register */
    else
        take_leb128(&c);
    if (take(&augmentation, 1) == 'z') {
        take_leb128(&c); /* length of the data */
        for (u64 what; (what = take(&augmentation, 1)) != 0 && !c.failed;) {
            if (what == 'R')
                encoding = (u8)take(&c, 1);
            else if (what == 'L')
                take(&c, 1);
            else if (what == 'P')
                take_encoded(&c, (u8)take(&c, 1));
            else if (what != 'S' && what != 'B')
                c.failed = true;
        }
    }
    return c.failed ? 0xff : encoding;
}

bool bp_unwind_init(struct bp_unwind *unwind, struct bp_view segment, u64 header)
{
    struct cursor c = cursor_at(&segment, header);
    u64 version = take(&c, 1), frame_encoding = take(&c, 1);
    u64 count_encoding = take(&c, 1), table_encoding = take(&c, 1), count;

    take_encoded(&c, (u8)frame_encoding);
    count = take(&c, 4);
    if (c.failed || version != 1 || encoded_size((u8)frame_encoding) != 4 ||
        count_encoding != PE_UDATA4 || table_encoding != (PE_RELATIVE_TO_HEADER | PE_SDATA4) ||
        count > (c.end - c.at) / ROW_SIZE)
        return false;
    *unwind = (struct bp_unwind){
        .segment = segment,
        .header = header,
        .table = segment.data + c.at,
        .count = (u32)count,
    };
    return count > 0;
}

static u64 row(const struct bp_unwind *unwind, u32 index, u32 column)
{
    s32 value;

    __builtin_memcpy(&value, unwind->table + index * (u64)ROW_SIZE + column * 4, sizeof(value));
    return unwind->header + (u64)(s64)value;
}

/* The last row whose function starts at or before addr; -1 when there is none. */
static s64 find_row(const struct bp_unwind *unwind, u64 addr)
{
    u32 low = 0, high = unwind->count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if (row(unwind, middle, 0) <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return (s64)low - 1;
}

/* The bytes that the entry of a row covers; false when it cannot be read. */
static bool read_entry(const struct bp_unwind *unwind, u32 index, u64 *start, u64 *size)
{
    u64 entry = row(unwind, index, 1);
    struct cursor c = entry_at(&unwind->segment, entry);
    u64 id = take(&c, 4); /* the distance back to the CIE, from here */
    u8 encoding = address_encoding(&unwind->segment, entry + 4 - id);
    u64 field = unwind->segment.addr + c.at;

    *start = take_encoded(&c, encoding);
    if ((encoding & 0x70) == PE_RELATIVE_TO_FIELD)
        *start += field;
    *size = take_encoded(&c, encoding & 0x07);
    return !c.failed && *start == row(unwind, index, 0);
}

bool bp_unwind_find(const struct bp_unwind *unwind, u64 addr, u64 *start, u64 *end)
{
    s64 index = find_row(unwind, addr);
    u64 first = 0, size = 0;

    *start = 0;
    *end = index + 1 < unwind->count ? row(unwind, (u32)(index + 1), 0) : UINT64_MAX;
    if (index < 0 || !read_entry(unwind, (u32)index, &first, &size))
        return false;
    if (addr - first >= size) {
        *start = first + size;
        return false;
    }
    /* Entries that overlap are no honest compiler's: the next one wins. */
    *start = first;
    *end = BP_MIN(*end, first + size);
    return *end > addr;
}
