/* Whether a program's places to listen are open, by the host's own tables: every fused listener
 * listens there too. */
#ifndef BP_MAIN_LISTENING_H
#define BP_MAIN_LISTENING_H

#include "main/tables.h"

/* True when all places of the program listen. */
bool bp_app_listens(const struct bp_app_config *config);

#endif
