import { describe, expect, it } from 'vitest';
import { genericBinary } from '../compat/runtime.ts';
import { programs } from './list/index.ts';
import { missing, play } from './play.ts';

const timeout = 10 * 60_000;
const runtime = genericBinary();

for (const [name, program] of Object.entries(programs))
  describe(name, () => {
    const lacks = missing(program);
    it('runs natively', { timeout }, async (context) => {
      if (lacks.length > 0) context.skip(`not installed: ${lacks.join(', ')}`);
      expect((await play(program, undefined, false)).fault).toBeUndefined();
    });
    it('runs under the runtime', { timeout }, async (context) => {
      if (lacks.length > 0) context.skip(`not installed: ${lacks.join(', ')}`);
      expect((await play(program, { binary: await runtime }, false)).fault).toBeUndefined();
    });
  });
