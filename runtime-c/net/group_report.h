/* How IGMP and MLD tell a membership. */
#ifndef BP_NET_GROUP_REPORT_H
#define BP_NET_GROUP_REPORT_H

#include "net/ip.h"

/* Values are the record types of RFC 3376 4.2.12 and RFC 3810 5.2.12. */
enum bp_group_event {
    BP_GROUP_IS_MEMBER = 2, /* MODE_IS_EXCLUDE {} */
    BP_GROUP_LEFT = 3,      /* CHANGE_TO_INCLUDE_MODE {} */
    BP_GROUP_JOINED = 4,    /* CHANGE_TO_EXCLUDE_MODE {} */
};

/* old_router: in the words of IGMPv2 or MLDv1. */
void bp_igmp_report(struct bp_net *net, const struct bp_group *group, enum bp_group_event event,
                    bool old_router);
void bp_mld_report(struct bp_net *net, const struct bp_group *group, enum bp_group_event event,
                   bool old_router);

#endif
