// sources: runtime-c/linux/measured.c
/* When a program's memory is measured, and what is said of it in between. */
#include "check.h"
#include "linux/measured.h"

int main(void)
{
    struct bp_measured last = {0};
    struct bp_resident process = {.all = 1000, .mapped = 300}, now;

    check(bp_measured_due(&last, process, 5), "nothing is known yet");
    last = (struct bp_measured){
        .program = {.all = 100, .mapped = 40}, .process = process, .at = 1000, .took = 10};
    check(!bp_measured_due(&last, process, 1000000), "nothing has changed");
    now = bp_measured_now(&last, process);
    check(now.all == 100 && now.mapped == 40, "what was measured");

    process.all += 16;
    check(!bp_measured_due(&last, process, 1000 + 10 * BP_MEASURE_SHARE - 1), "too early");
    check(bp_measured_due(&last, process, 1000 + 10 * BP_MEASURE_SHARE), "due");
    now = bp_measured_now(&last, process);
    check(now.all == 116 && now.mapped == 40, "it grew");

    process = (struct bp_resident){.all = 10, .mapped = 299};
    now = bp_measured_now(&last, process);
    check(now.all == 0 && now.mapped == 39, "it shrank, but not below nothing");
    return failures != 0;
}
