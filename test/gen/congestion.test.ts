import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { congestions } from '../../gen/plan/plan.ts';

it('congestion control has the numbers of the runtime', () => {
  const file = path.resolve(import.meta.dirname, '../../runtime-c/net/tcp_congestion.def');
  const names = [...fs.readFileSync(file, 'utf8').matchAll(/^BP_TCP_ALGORITHM\(\w+, (\w+)\)$/gm)].map(
    ([, name]) => name,
  );
  expect(names).toEqual([...congestions]);
});
