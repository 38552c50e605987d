/**
 * A forked process dies in the middle of what it does: those who live on see its end, find every byte right, and the
 * arena has back what it held. Built with injected deaths (runtime-c/base/fault.h).
 */
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../gen/helpers/folders.ts';
import { buildSelfTest } from '../runtime/build-self-test.ts';

const run = promisify(execFile);
const sources = path.join(import.meta.dirname, 'deaths');
const folder = temporaryFolder();
let runtime: string;

/** The kinds of work, where they are: `{"name", ...` each. */
const table = fs.readFileSync(path.join(sources, 'works.c'), 'utf8').matchAll(/^ {4}\{"([^"]+)"/gm);
const works = [...table].map(([, name], number) => [name, number] as const);

beforeAll(async () => {
  runtime = await buildSelfTest(path.join(sources, 'runtime.c'));
  for (const program of ['injected', 'killed']) {
    const files = [program, 'round', 'works'].map((name) => path.join(sources, `${name}.c`));
    execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', path.join(folder, program), ...files]);
  }
}, 10 * 60_000);

const underRuntime = (program: string, ...args: string[]) =>
  run(runtime, ['--', path.join(folder, program), ...args], { timeout: 110_000 }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${program} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
    },
  );

it.each(works)('death at each point of one that %s', { timeout: 120_000 }, async (_, number) => {
  const { stdout } = await underRuntime('injected', String(number));
  expect(Number(/: (\d+) points/.exec(stdout)?.[1])).toBeGreaterThan(50);
});

it.each(['1', String(Date.now())])('200 killed at moments that seed %s chooses', { timeout: 120_000 }, async (seed) => {
  const { stdout } = await underRuntime('killed', seed, '200');
  expect(stdout).toBe('200 killed\n');
});
