#include "entry/insn.h"

/*
 * Shape of an opcode: what follows it, and which of our questions it answers with yes. An opcode
 * whose answer depends on more than itself is SPECIAL.
 */
enum {
    MODRM = 0x001,
    IMM8 = 0x002,
    IMMZ = 0x008, /* 4 bytes, 2 with an operand-size prefix */
    VEC = 0x010,
    READS = 0x020,
    SETS = 0x040,
    SPECIAL = 0x080,
    PREFIX = 0x100,
    BAD = 0x200,
};

/* clang-format off */

/* Short names for the maps below: what follows the opcode, or what kind it is. */
#define N_ 0
#define M_ MODRM
#define MB MODRM | IMM8
#define B_ IMM8
#define Z_ IMMZ
#define A_ MODRM | SETS         /* arithmetic without carry-in */
#define AB IMM8 | SETS
#define AZ IMMZ | SETS
#define I_ MODRM | IMM8 | SETS  /* multiplication by a constant */
#define IZ MODRM | IMMZ | SETS
#define C_ MODRM | SETS | READS /* arithmetic with carry-in */
#define CB IMM8 | SETS | READS
#define CZ IMMZ | SETS | READS
#define S_ SETS
#define R_ READS
#define MR MODRM | READS
#define V_ VEC
#define MV MODRM | VEC
#define VB MODRM | VEC | IMM8
#define P_ PREFIX
#define X_ BAD
#define J_ SPECIAL              /* control flow, and shapes of one opcode's own */
#define G_ MODRM | SPECIAL      /* a group: the middle bits of ModRM choose */
#define GB MODRM | IMM8 | SPECIAL
#define GZ MODRM | IMMZ | SPECIAL

/* One-byte opcodes. */
static const u16 map1[256] = {
    /*        0   1   2   3   4   5   6   7   8   9   a   b   c   d   e   f */
    /* 0 */ A_, A_, A_, A_, AB, AZ, X_, X_, A_, A_, A_, A_, AB, AZ, X_, X_,
    /* 1 */ C_, C_, C_, C_, CB, CZ, X_, X_, C_, C_, C_, C_, CB, CZ, X_, X_,
    /* 2 */ A_, A_, A_, A_, AB, AZ, P_, X_, A_, A_, A_, A_, AB, AZ, P_, X_,
    /* 3 */ A_, A_, A_, A_, AB, AZ, P_, X_, A_, A_, A_, A_, AB, AZ, P_, X_,
    /* 4 */ P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_, P_,
    /* 5 */ N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, N_,
    /* 6 */ X_, X_, X_, M_, P_, P_, P_, P_, Z_, IZ, B_, I_, N_, N_, N_, N_,
    /* 7 */ J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_,
    /* 8 */ GB, GZ, X_, GB, A_, A_, M_, M_, M_, M_, M_, M_, M_, M_, M_, G_,
    /* 9 */ N_, N_, N_, N_, N_, N_, N_, N_, N_, N_, X_, V_, R_, S_, S_, R_,
    /* a */ J_, J_, J_, J_, N_, N_, S_, S_, AB, AZ, N_, N_, N_, N_, S_, S_,
    /* b */ B_, B_, B_, B_, B_, B_, B_, B_, J_, J_, J_, J_, J_, J_, J_, J_,
    /* c */ GB, GB, J_, J_, X_, X_, GB, GZ, J_, N_, J_, J_, J_, J_, X_, J_,
    /* d */ G_, G_, G_, G_, X_, X_, X_, N_, MV, MV, G_, G_, MV, MV, MV, MV,
    /* e */ J_, J_, J_, J_, B_, B_, B_, B_, J_, J_, X_, J_, N_, N_, N_, N_,
    /* f */ P_, N_, P_, P_, J_, R_, G_, G_, N_, N_, N_, N_, N_, N_, G_, G_,
};

/* Behind 0f; with VEX and EVEX too. */
static const u16 map2[256] = {
    /*        0   1   2   3   4   5   6   7   8   9   a   b   c   d   e   f */
    /* 0 */ M_, M_, M_, M_, X_, J_, N_, J_, N_, N_, X_, J_, X_, M_, V_, X_,
    /* 1 */ MV, MV, MV, MV, MV, MV, MV, MV, M_, M_, M_, M_, M_, M_, G_, M_,
    /* 2 */ X_, X_, X_, X_, X_, X_, X_, X_, MV, MV, MV, MV, MV, MV, MV, MV,
    /* 3 */ N_, N_, N_, N_, J_, J_, X_, N_, X_, X_, X_, X_, X_, X_, X_, X_,
    /* 4 */ MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR,
    /* 5 */ MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV,
    /* 6 */ MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV,
    /* 7 */ VB, VB, VB, VB, MV, MV, MV, V_, X_, X_, X_, X_, MV, MV, MV, MV,
    /* 8 */ J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_, J_,
    /* 9 */ MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR, MR,
    /* a */ N_, N_, N_, M_, MB, M_, M_, M_, N_, N_, N_, M_, MB, M_, G_, A_,
    /* b */ M_, M_, M_, M_, M_, M_, M_, M_, M_, M_, MB, M_, M_, M_, M_, M_,
    /* c */ A_, A_, VB, M_, VB, VB, VB, G_, N_, N_, N_, N_, N_, N_, N_, N_,
    /* d */ MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV,
    /* e */ MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV,
    /* f */ MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, MV, M_,
};

/* clang-format on */

/* The state of decoding one instruction. */
struct decoder {
    const u8 *code;
    u32 at, limit; /* offsets; `at` may pass the limit by the last field, which is checked once at
                      the end */
    struct bp_insn *insn;
    u32 shape;
    u8 opcode, modrm;
    u8 repeat; /* the last of the prefixes f2 and f3, or 0 */
    bool operand16, address32, wide, two_byte;
};

static bool take(struct decoder *d, u8 *byte)
{
    if (d->at >= d->limit)
        return false;
    *byte = d->code[d->at++];
    return true;
}

/* ModRM, SIB and displacement. */
static bool operand(struct decoder *d)
{
    u8 sib = 0, mod, rm;

    if (!take(d, &d->modrm))
        return false;
    mod = d->modrm >> 6;
    rm = d->modrm & 7;
    if (mod == 3)
        return true;
    if (rm == 4 && !take(d, &sib))
        return false;
    if (mod == 0 && rm == 5) {
        d->insn->disp_at = (u8)d->at;
        d->at += 4;
    } else if (mod == 0) {
        d->at += rm == 4 && (sib & 7) == 5 ? 4 : 0;
    } else {
        d->at += mod == 1 ? 1 : 4;
    }
    return true;
}

static u8 group(const struct decoder *d)
{
    return d->modrm >> 3 & 7;
}

static bool is_memory(const struct decoder *d)
{
    return d->modrm < 0xc0;
}

static void relative(struct decoder *d, enum bp_insn_kind kind, u8 size)
{
    d->insn->kind = kind;
    d->insn->rel_size = size;
    d->at += size;
}

/* Only 32-bit displacements are alike on Intel and AMD. */
static bool relative32(struct decoder *d, enum bp_insn_kind kind)
{
    relative(d, kind, 4);
    return !d->operand16 || d->wide;
}

/* SPECIAL opcodes of the one-byte map. False: invalid. */
static bool special1(struct decoder *d)
{
    struct bp_insn *insn = d->insn;

    switch (d->opcode) {
    case 0x70 ... 0x7f:
        insn->flags |= BP_INSN_READS_FLAGS;
        relative(d, BP_INSN_BRANCH, 1);
        return true;
    case 0x80: /* of these, adc and sbb take the carry */
    case 0x81:
    case 0x83:
        insn->flags |= BP_INSN_SETS_FLAGS;
        if (group(d) == 2 || group(d) == 3)
            insn->flags |= BP_INSN_READS_FLAGS;
        return true;
    case 0x8f: /* pop */
        return group(d) == 0;
    case 0xa0 ... 0xa3:
        d->at += d->address32 ? 4 : 8;
        return true;
    case 0xb8 ... 0xbf:
        d->at += d->wide ? 8 : d->operand16 ? 2 : 4;
        return true;
    case 0xc0: /* shifts; of these, rcl and rcr take the carry */
    case 0xc1:
    case 0xd0 ... 0xd3:
        if (group(d) == 2 || group(d) == 3)
            insn->flags |= BP_INSN_READS_FLAGS;
        else if (d->opcode < 0xd2) /* a count in cl may be zero */
            insn->flags |= BP_INSN_SETS_FLAGS;
        return true;
    case 0xc2:
    case 0xca:
        d->at += 2;
        insn->kind = BP_INSN_RETURN;
        return true;
    case 0xc3:
    case 0xcb:
    case 0xcf:
        insn->kind = BP_INSN_RETURN;
        return true;
    case 0xc6: /* mov, xabort */
        return group(d) == 0 || d->modrm == 0xf8;
    case 0xc7: /* mov, xbegin */
        if (d->modrm != 0xf8)
            return group(d) == 0;
        d->at -= d->operand16 ? 2 : 4;
        return relative32(d, BP_INSN_BRANCH);
    case 0xc8: /* enter */
        d->at += 3;
        return true;
    case 0xcc:
    case 0xf4:
        insn->kind = BP_INSN_STOP;
        return true;
    case 0xcd:
        d->at += 1;
        insn->kind = BP_INSN_STOP;
        return true;
    case 0xda: /* x87; fcmovcc takes flags */
    case 0xdb:
        insn->flags |= BP_INSN_VECTORS;
        if (!is_memory(d) && group(d) < 4)
            insn->flags |= BP_INSN_READS_FLAGS;
        return true;
    case 0xe0 ... 0xe3: /* loopne, loope, loop, jrcxz */
        insn->flags |= d->opcode < 0xe2 ? BP_INSN_READS_FLAGS : 0;
        relative(d, BP_INSN_BRANCH, 1);
        return true;
    case 0xe8:
        return relative32(d, BP_INSN_CALL);
    case 0xe9:
        return relative32(d, BP_INSN_JUMP);
    case 0xeb:
        relative(d, BP_INSN_JUMP, 1);
        return true;
    case 0xf6: /* test, not, neg, mul, div; only test has an immediate */
    case 0xf7:
        if (group(d) < 2)
            d->at += d->opcode == 0xf6 ? 1 : d->operand16 && !d->wide ? 2 : 4;
        if (group(d) != 2)
            insn->flags |= BP_INSN_SETS_FLAGS;
        return true;
    case 0xfe: /* inc, dec: all but the carry */
        insn->flags |= BP_INSN_SETS_FLAGS;
        return group(d) < 2;
    case 0xff: /* inc, dec, call, far call, jmp, far jmp, push */
        if (group(d) < 2)
            insn->flags |= BP_INSN_SETS_FLAGS;
        else if (group(d) == 2 || group(d) == 3)
            insn->kind = BP_INSN_CALL_INDIRECT;
        else if (group(d) == 4 || group(d) == 5)
            insn->kind = BP_INSN_JUMP_INDIRECT;
        return group(d) != 7 && (is_memory(d) || (group(d) != 3 && group(d) != 5));
    }
    return false;
}

/* SPECIAL opcodes behind 0f. */
static bool special2(struct decoder *d)
{
    struct bp_insn *insn = d->insn;

    switch (d->opcode) {
    case 0x05:
        insn->kind = BP_INSN_SYSCALL;
        return true;
    case 0x07: /* sysret */
    case 0x0b: /* ud2 */
    case 0x34: /* sysenter */
    case 0x35: /* sysexit */
        insn->kind = BP_INSN_STOP;
        return true;
    case 0x1e:
        if (d->repeat == 0xf3 && d->modrm == 0xfa)
            insn->flags |= BP_INSN_LANDING;
        return true;
    case 0x80 ... 0x8f:
        insn->flags |= BP_INSN_READS_FLAGS;
        return relative32(d, BP_INSN_BRANCH);
    case 0xae: /* fxsave, fxrstor, ldmxcsr, stmxcsr, xsave, xrstor, xsaveopt; fences, FS and GS base
                */
        if (is_memory(d) && group(d) < 7)
            insn->flags |= BP_INSN_VECTORS;
        return true;
    case 0xc7: /* xrstors, xsavec, xsaves; cmpxchg16b, rdrand, rdseed, rdpid */
        if (is_memory(d) && group(d) >= 3 && group(d) <= 5)
            insn->flags |= BP_INSN_VECTORS;
        return true;
    }
    return false;
}

static void set_shape(struct decoder *d, u32 shape)
{
    d->shape = shape;
    d->insn->flags =
        (u8)((shape & VEC ? BP_INSN_VECTORS : 0) | (shape & READS ? BP_INSN_READS_FLAGS : 0) |
             (shape & SETS ? BP_INSN_SETS_FLAGS : 0));
}

/* Behind 0f 38: all have ModRM and no immediate; the last row works on general registers. */
static u32 shape_0f38(u8 opcode)
{
    if (opcode >= 0xf0)
        return MODRM | (opcode == 0xf6 ? READS : 0); /* adcx, adox */
    return MODRM | (opcode >= 0x80 && opcode <= 0x82 ? 0 : VEC);
}

static bool vex_is_general(u8 map, u8 opcode)
{
    static const u32 bmi_0f38 = 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7; /* f2, f3, f5, f6, f7 */

    return opcode >= 0xf0 &&
           (map == 2 ? bmi_0f38 >> (opcode & 15) & 1 : map == 3 && opcode == 0xf0);
}

/* The opcode behind a VEX (map 1 to 3) or EVEX (also 5 and 6) prefix. */
static bool vector_opcode(struct decoder *d, u8 map, bool evex)
{
    u32 shape = MODRM;

    if (!take(d, &d->opcode))
        return false;
    if (map == 1) {
        shape = map2[d->opcode] & (MODRM | IMM8);
        if (map2[d->opcode] & BAD && !(evex && d->opcode >= 0x78))
            return false;
        if (!evex && d->opcode == 0x77) /* vzeroupper */
            shape = 0;
        else
            shape |= MODRM;
    } else if (map == 3) {
        shape = MODRM | IMM8;
    } else if (map != 2 && !(evex && (map == 5 || map == 6))) {
        return false;
    }
    set_shape(d, shape | (!evex && vex_is_general(map, d->opcode) ? 0 : VEC));
    return true;
}

static bool vex(struct decoder *d, u8 first)
{
    u8 byte, map = 1;

    if (first == 0xc4) {
        if (!take(d, &byte))
            return false;
        map = byte & 0x1f;
    }
    return take(d, &byte) && vector_opcode(d, map, false);
}

static bool evex(struct decoder *d)
{
    u8 p0, p1, p2;

    if (!take(d, &p0) || !take(d, &p1) || !take(d, &p2))
        return false;
    if (p0 & 8 || !(p1 & 4)) /* fixed bits */
        return false;
    return vector_opcode(d, p0 & 7, true);
}

/* AMD's XOP shares its first byte with pop, which has 0 where XOP has a map from 8 to 10. */
static bool xop(struct decoder *d)
{
    static const u16 shapes[] = {VB, MV, MODRM | VEC | IMMZ};
    u8 map, byte;

    if (!take(d, &map) || !take(d, &byte) || !take(d, &d->opcode))
        return false;
    map = (map & 0x1f) - 8;
    if (map >= ARRAY_SIZE(shapes))
        return false;
    set_shape(d, shapes[map]);
    return true;
}

static bool is_xop(const struct decoder *d)
{
    return d->opcode == 0x8f && d->at < d->limit && d->code[d->at] & 0x18;
}

/* Reads prefixes; leaves the first byte that is none in *opcode. True in *plain when VEX or EVEX
 * may follow. */
static bool prefixes(struct decoder *d, u8 *opcode, bool *plain)
{
    u8 rex = 0;

    *plain = true;
    for (;;) {
        if (!take(d, opcode))
            return false;
        if (!(map1[*opcode] & PREFIX))
            break;
        if ((*opcode & 0xf0) == 0x40) {
            rex = *opcode;
            *plain = false;
            continue;
        }
        rex = 0; /* counts only directly before the opcode */
        switch (*opcode) {
        case 0x66:
            d->operand16 = true;
            *plain = false;
            break;
        case 0x67:
            d->address32 = true;
            break;
        case 0xf0:
            *plain = false;
            break;
        case 0xf2:
        case 0xf3:
            d->repeat = *opcode;
            *plain = false;
            break;
        }
    }
    d->wide = rex & 8;
    return true;
}

/* Behind 0f. */
static bool opcode2(struct decoder *d)
{
    u8 map;

    if (!take(d, &d->opcode))
        return false;
    if (d->opcode == 0x38 || d->opcode == 0x3a) {
        map = d->opcode;
        if (!take(d, &d->opcode))
            return false;
        set_shape(d, map == 0x38 ? shape_0f38(d->opcode) : VB);
        return true;
    }
    d->two_byte = true;
    set_shape(d, map2[d->opcode]);
    return !(d->shape & BAD);
}

/* Prefixes and opcode: everything before ModRM. */
static bool opcode(struct decoder *d)
{
    bool plain;

    if (!prefixes(d, &d->opcode, &plain))
        return false;
    if (d->opcode == 0x0f)
        return opcode2(d);
    if (plain && unlikely(is_xop(d)))
        return xop(d);
    if (likely(!(map1[d->opcode] & BAD))) {
        set_shape(d, map1[d->opcode]);
        return true;
    }
    if (!plain)
        return false;
    if (d->opcode == 0x62)
        return evex(d);
    return (d->opcode == 0xc4 || d->opcode == 0xc5) && vex(d, d->opcode);
}

static s32 load_rel(const u8 *at, u8 size)
{
    s32 rel;

    if (size == 1)
        return (s8)*at;
    __builtin_memcpy(&rel, at, sizeof(rel));
    return rel;
}

u32 bp_insn_decode(struct bp_insn *insn, const u8 *code, const u8 *end)
{
    struct decoder d = {.code = code, .insn = insn};

    d.limit = end - code < BP_INSN_MAX ? (u32)(end - code) : BP_INSN_MAX;
    *insn = (struct bp_insn){0};
    if (!opcode(&d))
        return 0;
    if (d.shape & MODRM && !operand(&d))
        return 0;
    if (d.shape & IMM8)
        d.at += 1;
    if (d.shape & IMMZ)
        d.at += d.operand16 && !d.wide ? 2 : 4;
    if (d.shape & SPECIAL && !(d.two_byte ? special2(&d) : special1(&d)))
        return 0;
    if (d.at > d.limit || (insn->disp_at && d.address32))
        return 0;
    if (insn->rel_size)
        insn->rel = load_rel(code + d.at - insn->rel_size, insn->rel_size);
    insn->length = (u8)d.at;
    return d.at;
}
