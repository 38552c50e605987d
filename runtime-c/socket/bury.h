/*
 * What a killed process held of this floor's is given back: its descriptors, what its threads had
 * in their hands and waited for. Each step is whole (base/undo.h): when its doer is killed over it,
 * another one goes on from there.
 */
#ifndef BP_SOCKET_BURY_H
#define BP_SOCKET_BURY_H

#include "socket/fdtable.h"

/*
 * The process of that place was killed, or does not come to be, and has left its table; its locks
 * may be taken (bp_process_bury). Whoever waits for what it did is told. The caller saw its end.
 */
void bp_fds_bury(u32 place, struct bp_fdtable *table);

#endif
