/* How siginfo_t is laid out, by signal and si_code, and its form for readers of a signalfd. */
#ifndef BP_SOCKET_SIGINFO_H
#define BP_SOCKET_SIGINFO_H

#include "base/base.h"

#include <signal.h>
#include <sys/signalfd.h>

/* Fills the whole record; fields that this kind of signal does not have are 0. */
void bp_siginfo_to_signalfd(struct signalfd_siginfo *to, const siginfo_t *from);

#endif
