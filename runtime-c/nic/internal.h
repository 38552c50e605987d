/* What the files of this floor share that needs none of DPDK's headers. */
#ifndef BP_NIC_INTERNAL_H
#define BP_NIC_INTERNAL_H

#include "nic/nic.h"

#include <net/if.h>

/* Fills failure in and returns error, a negative errno. */
int bp_nic_fail(struct bp_nic_failure *failure, int error, const char *fmt, ...) BP_PRINTF(3, 4);

/* Whether the host has what the NIC needs; 0 or a negative errno with failure filled in. */
int bp_nic_preflight(const struct bp_nic_config *config, struct bp_nic_failure *failure);

/* Whether receive interrupts are to be had; when they are planned and are not, that is said. */
bool bp_nic_may_interrupt(const struct bp_nic_config *config);

/* Asks the host about an interface; the request's name is filled in. 0 or a negative errno. */
int bp_nic_interface_ask(const char *name, unsigned long what, struct ifreq *request);

/* Whether there are the huge pages that are planned; 0 or a negative errno with failure filled in.
 */
int bp_nic_check_hugepages(const struct bp_nic_tables *tables, struct bp_nic_failure *failure);

/* Starts DPDK; 0 or a negative errno with failure filled in. */
int bp_nic_eal_start(const char *const *args, struct bp_nic_failure *failure);

/* Around all that opens and maps (private.c). end: 0 or a negative errno with failure filled in. */
void bp_nic_private_begin(void);
int bp_nic_private_end(struct bp_nic_failure *failure);

#endif
