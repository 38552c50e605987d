/* The tables of the generic binary: nothing is known before it runs. */
#include "main/tables.h"

const struct bp_app_config bp_app_configs[1] = {{.name = NULL}};
const u32 bp_app_config_count = 0;
const u32 bp_worker_cores[1] = {0};
const u32 bp_worker_count = 0;
const char bp_runtime_name[] = "bypassgen-generic";
const char bp_build_id[] = "generic";
