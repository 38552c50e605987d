import { bench } from './bench.ts';
import { bind } from './bind.ts';
import { build } from './build.ts';
import { check } from './check.ts';
import type { Command } from './command.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { dump } from './dump.ts';
import { explain } from './explain.ts';
import { init } from './init.ts';
import { plan } from './plan.ts';
import { run } from './run.ts';
import { ss } from './ss.ts';
import { top } from './top.ts';
import { unbind } from './unbind.ts';
import { verify } from './verify.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  init,
  doctor,
  plan,
  build,
  run,
  top,
  ss,
  dump,
  bind,
  unbind,
  verify,
  bench,
  check,
  explain,
  completion(() => commands),
];
