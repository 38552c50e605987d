/*
 * Injected death, for the tests of what it leaves behind: built with BP_FAULTS, a process that
 * asked for it (prctl, linux/calls_prctl.c) kills itself at the n-th of these points from then on.
 * They stand where the arena is changed: at locks, at each note of a change, and around pools.
 */
#ifndef BP_BASE_FAULT_H
#define BP_BASE_FAULT_H

#ifdef BP_FAULTS
/* Options of prctl(2) in such a build: die at the n-th point from now; objects of pool n in use. */
enum {
    BP_FAULT_DIE_AT = 0x62700001,
    BP_FAULT_OBJECTS_OF = 0x62700002,
};

/* How many points are left; 0: no death is near. */
extern unsigned int bp_fault_in;

void bp_fault_die(void);

#define BP_FAULT_POINT()                                        \
    do {                                                        \
        if (__builtin_expect(bp_fault_in, 0) && !--bp_fault_in) \
            bp_fault_die();                                     \
    } while (0)
#else
#define BP_FAULT_POINT() \
    do {                 \
    } while (0)
#endif

#endif
