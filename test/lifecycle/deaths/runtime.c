// The runtime with injected deaths (base/fault.h); everything is in its own sources.
// sources: runtime-c/base/*.c runtime-c/base/*.S runtime-c/memory/*.c runtime-c/sched/*.c runtime-c/sched/*.S
//   runtime-c/socket/*.c runtime-c/entry/*.c runtime-c/entry/*.S runtime-c/loader/*.c
//   runtime-c/linux/*.c runtime-c/main/*.c
// flags: -DBP_FAULTS -static-pie
