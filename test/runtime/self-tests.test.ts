/**
 * The C self-tests: each test/runtime/*_test.c is a program that exits 0 (passed), 1 (failed) or 77 (cannot run here) and
 * prints a line for each case.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildSelfTest } from './build-self-test.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const skipped = 77;

const tests = fs
  .readdirSync(path.join(root, 'test/runtime'))
  .filter((name) => name.endsWith('_test.c'))
  .sort();

test.concurrent.each(tests)('%s', async (name) => {
  const binary = await buildSelfTest(path.join(root, 'test/runtime', name));
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-test-'));
  try {
    const result = await run(binary, [], { cwd: work, timeout: 120_000, maxBuffer: 1 << 24 }).catch((error) => error);
    const failed = `${result.stdout}`.split('\n').filter((line) => !line.startsWith('ok'));
    if (result.code === skipped) return;
    expect(result.code ?? 0, `${failed.join('\n')}\n${result.stderr}`).toBe(0);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
});
