/** The repository's own workflow, by GitHub's parser of workflows. */
import fs from 'node:fs';
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { expect, it } from 'vitest';
import { bypassgen } from './helpers/cli.ts';

const root = new URL('../..', import.meta.url).pathname;
const text = fs.readFileSync(`${root}.github/workflows/ci.yml`, 'utf8');

const errorsOf = (content: string): string[] =>
  parseWorkflow({ name: 'ci.yml', content }, new NoOperationTraceWriter())
    .context.errors.getErrors()
    .map((error) => error.message);

it('is a workflow', () => {
  expect(errorsOf(text)).toEqual([]);
});

it.each([
  ['runs-on: ubuntu-24.04', 'runs-at: ubuntu-24.04'],
  ['needs: jobs', 'needs: [jobs'],
  ['fromJSON(needs', 'fromJSN(needs'],
])('would be refused with %j changed to %j', (from, to) => {
  expect(text).toContain(from);
  expect(errorsOf(text.replace(from, to))).not.toEqual([]);
});

it('pins its actions', () => {
  const uses = [...text.matchAll(/uses: (.*)/g)].map((match) => match[1]);
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
});

it('calls bypassgen matrix as it can be called, and uses only what that prints', () => {
  const call = /npx bypassgen (matrix .*?)\)"/.exec(text)?.[1]?.replace('configs/*.ts', '') ?? '';
  const configs = fs.readdirSync(`${root}configs`).map((file) => `configs/${file}`);
  const [command = '', ...options] = call.trim().split(/\s+/);
  const { status, stdout } = bypassgen(root, [command, ...configs, ...options]);
  expect(status).toBe(0);
  const printed = Object.keys(JSON.parse(stdout).include[0]);
  const used = [...text.matchAll(/matrix\.(\w+)/g)].map((match) => match[1] ?? '').filter((name) => name !== 'outputs');
  for (const name of used) expect([...printed, 'outputs']).toContain(name);
});
