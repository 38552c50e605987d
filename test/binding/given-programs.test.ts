/** A config without programs: they are named at the start, on the command line or in the package. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';

const shop = temporaryFolder();
const config = `
import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'open',
  hardware: { cpu: { march: 'x86-64-v2', cores: [0] } },
  workload: { apps: {} },
});
`;

const run = (...programs: string[]) =>
  bypassgen(shop, ['run', 'open.ts', '-q', '--run-dir', 'run', ...(programs.length > 0 ? ['--', ...programs] : [])]);

/** Runs a module of the package's user. */
function ask(body: string): { stdout: string; stderr: string } {
  const index = path.join(shop, 'out/open/npm/index.js');
  const script = `const { start } = await import(${JSON.stringify(index)});\nconst runDirectory = 'packaged';\n${body}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: shop,
    encoding: 'utf8',
  });
  return { stdout, stderr };
}

beforeAll(() => {
  writeFiles(shop, { 'open.ts': config });
  expect(bypassgen(shop, ['build', 'open.ts', '-q', '-j', '2'])).toMatchObject({ status: 0, stderr: '' });
});

describe('run', () => {
  it('takes programs behind the config, and ends as the last that failed', () => {
    const { status, stdout } = run('echo', 'first', '--', 'sh', '-c', 'echo second; exit 3');
    expect({ status, lines: stdout.trim().split('\n').sort() }).toEqual({ status: 3, lines: ['first', 'second'] });
  });

  it('lets them talk through memory', () => {
    const python = (code: string) => ['python3', '-c', code];
    const server =
      "import socket; s = socket.create_server(('127.0.0.1', 7998)); c = s.accept()[0]; c.sendall(b'fused')";
    const client =
      "import socket, time\nwhile True:\n  try: s = socket.create_connection(('127.0.0.1', 7998)); break\n  except ConnectionRefusedError: time.sleep(0.01)\nprint(s.recv(9).decode())";
    expect(run(...python(server), '--', ...python(client))).toMatchObject({ status: 0, stdout: 'fused\n' });
  });

  it('says that none is named', () => {
    const { status, stderr } = run();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("BP6011: the config 'open' has no"),
    });
  });
});

describe('the package', () => {
  it('starts what it is told, with a `--` of their own, and counts for each', () => {
    const { stdout, stderr } = ask(`
      const sleeper = ['sleep', '1000'];
      const runtime = await start({ runDirectory, programs: [sleeper, sleeper, ['sh', '-c', 'exec sleep 1000', '--']] });
      const { apps } = await runtime.status();
      console.log(JSON.stringify([Object.keys(runtime.apps), Object.values(apps).map((app) => app.state)]));
      console.log(Object.values(runtime.counters().apps).every(({ starts }) => starts === 1));
      await runtime.stop();`);
    expect({ lines: stdout.trim().split('\n'), stderr }).toEqual({
      lines: ['[["sleep","sleep-2","sh"],["running","running","running"]]', 'true'],
      stderr: '',
    });
  });

  it.each([
    ['none', '{}', 'programs: the config of open has none: name them here, each with its arguments'],
    ['one without a name', '{ programs: [[]] }', 'programs: one of them has no name'],
  ])('refuses %s', (_, options, message) => {
    const { stdout } = ask(`await start(${options}).catch((error) => console.log(error.name, error.message));`);
    expect(stdout).toBe(`RangeError ${message}\n`);
  });
});
