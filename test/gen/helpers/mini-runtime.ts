import fs from 'node:fs';
import path from 'node:path';
import { runtimeDirectory } from '../../../gen/build/build.ts';
import { temporaryFolder, writeFiles } from './folders.ts';

/** Headers of the real runtime that generated tables are compiled against. */
const contract = ['base/base.h', 'base/mem.h', 'include/bp_config.h', 'include/bp_config_default.h', 'main/tables.h'];

const sources = {
  'base/twice.h': '#include "base/base.h"\nu32 bp_twice(u32 x);\n',
  'base/twice.c': '#include "base/twice.h"\nu32 bp_twice(u32 x)\n{\n    return 2 * x;\n}\n',
  'sched/quad.c':
    '#include "base/twice.h"\nu32 bp_quad(u32 x);\nu32 bp_quad(u32 x)\n{\n    return bp_twice(bp_twice(x));\n}\n',
  'main/main.c': `#include "main/tables.h"
#include "base/twice.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    printf("%s %u", bp_runtime_name, bp_twice(bp_app_config_count));
    for (int i = 1; i < argc; i++)
        printf(" %s", argv[i]);
    puts("");
    return getenv("STATUS") ? atoi(getenv("STATUS")) : 0;
}
`,
  'main/tables_generic.c': `#include "main/tables.h"
const char bp_runtime_name[] = "generic";
const char bp_build_id[] = "generic";
const struct bp_app_config bp_app_configs[1];
const u32 bp_app_config_count = 0;
const u32 bp_worker_cores[1];
const u32 bp_worker_count = 0;
`,
};

/** A runtime of four sources that prints its name and arguments: builds in a second, whatever state the real one is in. */
export function miniRuntime(extra: Record<string, string> = {}): string {
  const folder = temporaryFolder();
  for (const file of contract) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.copyFileSync(path.join(runtimeDirectory, file), path.join(folder, file));
  }
  writeFiles(folder, { ...sources, ...extra });
  return folder;
}
