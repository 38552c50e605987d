#include "linux/measured.h"

static u64 moved(u64 value, u64 from, u64 to)
{
    return value + to > from ? value + to - from : 0;
}

struct bp_resident bp_measured_now(const struct bp_measured *last, struct bp_resident process)
{
    return (struct bp_resident){
        .all = moved(last->program.all, last->process.all, process.all),
        .mapped = moved(last->program.mapped, last->process.mapped, process.mapped),
    };
}

bool bp_measured_due(const struct bp_measured *last, struct bp_resident process, u64 now)
{
    bool changed = process.all != last->process.all || process.mapped != last->process.mapped;

    return !last->took || (changed && now - last->at >= last->took * BP_MEASURE_SHARE);
}
