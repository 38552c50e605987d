/** Cases about cores under workers that have cores of their own, among which threads are moved. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compatDir } from './cases.ts';
import { genericBinary } from './runtime.ts';

describe.skipIf(cpus().length < 2)('two workers on cores', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bypassgen-cores-'));
  let binary: string;

  beforeAll(async () => {
    binary = await genericBinary();
  }, 300_000);
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(['affinity', 'affinity-inherited'])('%s', (name) => {
    const program = join(dir, name);
    const flags = ['-O1', '-pthread', `-I${compatDir}`, '-o', program, join(compatDir, 'thread', `${name}.c`)];
    expect(spawnSync('gcc', flags, { encoding: 'utf8' }).stderr).toBe('');
    const answer = (command: string, args: string[]) => {
      const { status, stdout } = spawnSync(command, args, { cwd: dir, encoding: 'utf8', timeout: 20_000 });
      return { status, stdout };
    };
    const native = answer('taskset', ['-c', '0,1', program]);
    expect(answer(binary, ['--cores=0,1', '--', program])).toEqual(native);
  });
});
