#include "linux/fpstate.h"
#include "base/uaccess.h"
#include "sched/vector.h"

#include <cpuid.h>

enum {
    MAGIC1 = 0x46505853, /* FP_XSTATE_MAGIC1, FP_XSTATE_MAGIC2 */
    MAGIC2 = 0x46505845,
    LEGACY_BYTES = 512,
    HEADER_BYTES = 64,
    X87_SSE = 3, /* state components of the legacy area */
};

struct software_bytes {
    u32 magic1;
    u32 extended_size; /* with MAGIC2 behind the image */
    u64 features;
    u32 xstate_size; /* where MAGIC2 is */
    u32 padding[7];
};

/* Intel SDM vol. 1, 10.5.1 and 13.4: the legacy area and the header. */
struct image {
    u16 fcw, fsw;
    u8 ftw, reserved1;
    u16 fop;
    u64 fip, fdp;
    u32 mxcsr, mxcsr_mask;
    u8 registers[384];
    u8 reserved2[48];
    struct software_bytes software;
    u64 xstate_bv, xcomp_bv, reserved3[6];
} BP_ALIGNED(BP_FPSTATE_ALIGN);

BP_STATIC_ASSERT(offsetof(struct image, software) == 464,
                 "FXSAVE's bytes 464 to 511 are the software's");
BP_STATIC_ASSERT(sizeof(struct image) == LEGACY_BYTES + HEADER_BYTES, "the extended area follows");

static const struct image initial = {.fcw = BP_FPU_CW_DEFAULT, .mxcsr = BP_MXCSR_DEFAULT};

/* Where the last of our components ends in the standard format. */
static u32 image_size(void)
{
    static u32 known;
    u32 size = sizeof(struct image), a, b, c, d;

    if (known)
        return known;
    for (u32 i = 2; i < 63; i++) {
        if (bp_vector_mask >> i & 1 && __get_cpuid_count(0xd, i, &a, &b, &c, &d))
            size = BP_MAX(size, a + b);
    }
    known = size;
    return size;
}

u32 bp_fpstate_size(void)
{
    return image_size() + sizeof(u32);
}

/* ---- saving ---- */

static int save_live(u64 addr)
{
    struct image *user = (struct image *)addr;
    u64 present;

    /*
     * XSAVE leaves the reserved bytes of the header as they are, and XRSTOR insists on zeros there.
     *
     */
    if (bp_copy(&user->xstate_bv, &initial.xstate_bv, HEADER_BYTES) ||
        bp_user_xsave(user, bp_vector_mask) || bp_get_user64(&present, &user->xstate_bv))
        return -EFAULT;
    /*
     * Programs that know FXSAVE only change the legacy area: it shall count even if it was initial.
     *
     */
    return (int)bp_put_user64(&user->xstate_bv, present | X87_SSE);
}

static int save_dead(u64 addr)
{
    struct image image = initial;

    image.fcw = bp_get_fpu_cw();
    image.mxcsr = bp_get_mxcsr();
    image.xstate_bv = X87_SSE;
    return (int)bp_copy((void *)addr, &image, sizeof(image));
}

int bp_fpstate_save(u64 addr, bool live)
{
    const struct software_bytes software = {
        .magic1 = MAGIC1,
        .extended_size = bp_fpstate_size(),
        .features = bp_vector_mask,
        .xstate_size = image_size(),
    };

    if ((live ? save_live(addr) : save_dead(addr)) ||
        bp_copy(&((struct image *)addr)->software, &software, sizeof(software)) ||
        bp_put_user32((u32 *)(addr + software.xstate_size), MAGIC2))
        return -EFAULT;
    return 0;
}

/* ---- restoring ---- */

void bp_fpstate_reset(void)
{
    bp_vector_restore(&initial);
}

/* The components that the image claims to hold; 0 when it is a plain FXSAVE image. */
static int claimed_features(u64 addr, u64 *features)
{
    struct software_bytes software;
    u32 magic2;

    *features = 0;
    if (bp_copy(&software, &((struct image *)addr)->software, sizeof(software)))
        return -EFAULT;
    if (software.magic1 != MAGIC1 || software.xstate_size < sizeof(struct image) ||
        software.xstate_size > image_size() || software.xstate_size > software.extended_size)
        return 0;
    if (bp_get_user32(&magic2, (u32 *)(addr + software.xstate_size)))
        return -EFAULT;
    if (magic2 == MAGIC2)
        *features = software.features & bp_vector_mask;
    return 0;
}

int bp_fpstate_restore(u64 addr)
{
    u64 features;

    bp_fpstate_reset();
    if (!addr)
        return 0;
    if (claimed_features(addr, &features))
        return -EFAULT;
    /*
     * Both refuse a bad header, reserved MXCSR bits or a wrong alignment by a fault, which is fixed
     * up.
     */
    if (features ? bp_user_xrstor((void *)addr, features) : bp_user_fxrstor((void *)addr)) {
        bp_fpstate_reset();
        return -EFAULT;
    }
    return 0;
}
