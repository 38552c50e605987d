import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../gen/commands/index.ts';
import { lineDiff } from '../../gen/terminal/line-diff.ts';
import { bin, bypassgen } from './helpers/cli.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';
import { miniRuntime } from './helpers/mini-runtime.ts';

const good = `import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'x',
  hardware: { cpu: {} },
  workload: { apps: { redis: { command: ['true'], listens: [1] }, web: { command: ['true'] } } },
});
`;

function project(): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = temporaryFolder();
  writeFiles(cwd, { 'x.ts': good, 'bad.ts': good.replace("name: 'x'", "nmae: 'x'") });
  return { cwd, env: { BYPASSGEN_RUNTIME: miniRuntime() } };
}

describe('every command', () => {
  it.each(commands.map((c) => c.name))('%s shows its examples first in its help', (name) => {
    const { status, stdout } = bypassgen('/', [name, '--help']);
    expect(status).toBe(0);
    expect(stdout.startsWith('Examples:\n')).toBe(true);
    expect(stdout).toContain('--json');
  });

  it.each(commands.filter((c) => c.arguments[0]?.name === 'config').map((c) => c.name))(
    '%s answers a wrong config with exit code 1 and, with --json, one object',
    (name) => {
      const { cwd } = project();
      const { status, stdout, stderr } = bypassgen(cwd, [name, 'bad.ts', '--json']);
      expect(status).toBe(1);
      expect(stderr).toBe('');
      const answer = JSON.parse(stdout);
      expect(answer).toMatchObject({ format_version: 1, command: name, exit_code: 1 });
      expect(answer.diagnostics.map((d: { code: string }) => d.code)).toContain('BP1010');
      expect(answer.diagnostics.at(-1).span).toMatchObject({ line: 3, column: 3, length: 4 });
    },
  );
});

it.each([
  ['init', '--stdout'],
  ['plan', 'x.ts'],
  ['check', 'x.ts', '--config-only'],
  ['doctor', 'x.ts'],
  ['explain', 'policy.polling'],
  ['completion', 'bash'],
])('%s %s --json is one object that names the command and its exit code', (...args) => {
  const { cwd, env } = project();
  const { status, stdout } = bypassgen(cwd, [...args, '--json'], env);
  expect(JSON.parse(stdout)).toMatchObject({ format_version: 1, command: args[0], exit_code: status, diagnostics: [] });
});

describe('the command line', () => {
  it.each([
    [['biuld'], 'did you mean build?'],
    [['build', '--focre', 'x.ts'], '--force'],
    [['build'], "missing required argument 'config'"],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['explain', 'poling'], "did you mean 'policy.polling'?"],
    [['explain', 'workload.apps.redis.comand'], "did you mean 'workload.apps.command'?"],
    [['explain', 'BP207'], "did you mean 'BP2007'?"],
    [['explain', 'nonsense'], 'docs/diagnostics.md lists the codes'],
  ])('%j is answered with a hint', (args, hint) => {
    const { status, stderr } = bypassgen('/', args);
    expect(status).toBe(1);
    expect(stderr).toContain(hint);
  });

  it('is answered in JSON with the command that it names', () => {
    const command = (...args: string[]) => JSON.parse(bypassgen('/', [...args, '--json']).stdout).command;
    expect(command('build')).toBe('build');
    expect(command('build', 'x.ts', '--nosuch')).toBe('build');
    expect(command('biuld')).toBe('');
  });

  it('obeys NO_COLOR and FORCE_COLOR, and puts no colour into a pipe', () => {
    const { cwd } = project();
    const colour = '\x1b[';
    const run = (env: NodeJS.ProcessEnv) => bypassgen(cwd, ['plan', 'x.ts'], env).stdout;
    expect(run({})).not.toContain(colour);
    expect(run({ FORCE_COLOR: '1' })).toContain(colour);
    expect(run({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain(colour);
  });

  it('answers an error of its own with 70 and a report', () => {
    const { cwd } = project();
    const sabotage =
      "const c = require('node:crypto'); const real = c.createHash; c.createHash = (name) => { if (name === 'sha256') throw new Error('sabotage'); return real(name); };";
    writeFiles(cwd, { 'sabotage.cjs': sabotage });
    const { status, stderr } = bypassgen(cwd, ['plan', 'x.ts'], { NODE_OPTIONS: `--require ${cwd}/sabotage.cjs` });
    const report = /details are in (\S+)/.exec(stderr)?.[1] ?? '';
    expect(status).toBe(70);
    expect(stderr).toContain('this is a bug in bypassgen');
    expect(fs.readFileSync(report, 'utf8')).toContain('sabotage');
    fs.rmSync(report);
  });

  it.each(['bash', 'zsh', 'fish'])('prints a completion for %s that knows every command', (shell) => {
    const { stdout } = bypassgen('/', ['completion', shell]);
    for (const { name } of commands) expect(stdout).toContain(name);
    if (shell === 'bash') expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
  });
});

describe('build', () => {
  const { cwd, env } = { cwd: '', env: {} as NodeJS.ProcessEnv };
  const shop = { cwd, env };
  beforeAll(() => {
    shop.cwd = fs.mkdtempSync('/tmp/bypassgen-test-cli-');
    writeFiles(shop.cwd, { 'x.ts': good });
    return () => fs.rmSync(shop.cwd, { recursive: true });
  });

  it('builds, says so, and builds nothing the second time', () => {
    const runtime = { BYPASSGEN_RUNTIME: miniRuntime() };
    const first = bypassgen(shop.cwd, ['build', 'x.ts', '--json'], runtime);
    expect(JSON.parse(first.stdout)).toMatchObject({ exit_code: 0, binary: 'out/x/bin/x', compiled: 4, linked: true });
    expect(first.stderr).toContain('[4/4]');
    const second = bypassgen(shop.cwd, ['build', 'x.ts'], runtime);
    expect(second).toMatchObject({ status: 0, stdout: '', stderr: 'out/x/bin/x is up to date\n' });
    expect(bypassgen(shop.cwd, ['build', 'x.ts', '--quiet'], runtime).stderr).toBe('');
    const manifest = JSON.parse(fs.readFileSync(path.join(shop.cwd, 'out/x/manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ format_version: 1, name: 'x' });
    expect(Object.keys(manifest.files)).toEqual(
      expect.arrayContaining(['DECISIONS.md', 'include/bp_config.h', 'npm/index.d.ts', 'src/bp_tables.c']),
    );
    expect(manifest.toolchain.gcc).toContain('gcc');
  });

  it('says which package is missing, with exit code 3', () => {
    const { status, stderr } = bypassgen(shop.cwd, ['build', 'x.ts'], { PATH: '/nonexistent' });
    expect(stderr).toContain('gcc is not installed');
    expect(stderr).toContain('apt-get install gcc');
    expect(status).toBe(3);
  });

  it('ends with 4 when the sources are wrong', () => {
    const runtime = { BYPASSGEN_RUNTIME: miniRuntime({ 'base/x.c': 'int x = ;\n' }) };
    expect(bypassgen(shop.cwd, ['build', 'x.ts'], runtime).status).toBe(4);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('goes on after %s came in the middle of it', async (signal, status) => {
    const { cwd, env } = project();
    const child = spawn(process.execPath, [bin, 'build', 'x.ts'], { cwd, env: { ...process.env, ...env } });
    child.stderr.on('data', (text) => {
      if (String(text).includes('[2/4]')) child.kill(signal);
    });
    expect(await new Promise((resolve) => child.on('exit', (code) => resolve(code)))).toBe(status);
    expect(fs.existsSync(path.join(cwd, 'out/x/bin/x'))).toBe(false);
    expect(bypassgen(cwd, ['build', 'x.ts'], env).status).toBe(0);
    expect(spawnSync(path.join(cwd, 'out/x/bin/x'), { encoding: 'utf8' }).stdout).toBe('x 4\n');
  });

  it.each(['out', 'out/x/src'])('says so when a file is where the folder %s has to be', (blocked) => {
    const { cwd, env } = project();
    writeFiles(cwd, { [blocked]: '' });
    const { status, stderr } = bypassgen(cwd, ['build', 'x.ts'], env);
    expect(stderr).toContain('BP3003');
    expect(status).toBe(3);
  });

  it('keeps what was edited by hand', () => {
    fs.appendFileSync(path.join(shop.cwd, 'out/x/include/bp_config.h'), '/* mine */\n');
    writeFiles(shop.cwd, { 'y.ts': good.replace('cpu: {}', 'cpu: { cores: [0, 1] }') });
    const { status, stderr } = bypassgen(shop.cwd, ['build', 'y.ts']);
    expect(stderr).toContain('out/x/include/bp_config.h was edited by hand');
    expect(status).toBe(1);
  });
});

describe('plan and check', () => {
  it('show the difference: 2 when a build would change something, 0 after it', () => {
    const { cwd, env } = project();
    expect(bypassgen(cwd, ['check', 'x.ts', '--config-only'], env).status).toBe(0);
    expect(bypassgen(cwd, ['check', 'x.ts'], env).status).toBe(2);
    expect(bypassgen(cwd, ['build', 'x.ts'], env).status).toBe(0);
    expect(bypassgen(cwd, ['check', 'x.ts'], env).status).toBe(0);
    writeFiles(cwd, { 'x.ts': good.replace('cpu: {}', 'cpu: { cores: [0, 1] }') });
    const { status, stdout } = bypassgen(cwd, ['check', 'x.ts'], env);
    expect(status).toBe(2);
    expect(stdout).toContain('change src/bp_tables.c');
    const plan = bypassgen(cwd, ['plan', 'x.ts'], env).stdout;
    expect(plan).toContain('(was 0)');
    expect(plan).toContain('-    BP_WORKERS_MAX = 1,');
    expect(plan).toContain('+    BP_WORKERS_MAX = 2,');
  });

  it('diff as diff -u does', () => {
    expect(lineDiff('a\nb\nc\nd\ne\nf\ng\nh\n', 'a\nb\nc\nd\nE\nf\ng\nh\nnew\n')).toEqual([
      '@@ -2 +2 @@',
      ' b',
      ' c',
      ' d',
      '-e',
      '+E',
      ' f',
      ' g',
      ' h',
      '+new',
    ]);
    expect(lineDiff('same\n', 'same\n')).toEqual([]);
    expect(lineDiff('', 'x\n')).toEqual(['@@ -1 +1 @@', '+x']);
  });
});

describe('run', () => {
  it('builds, hands the options on, and returns the status of the binary', () => {
    const { cwd, env } = project();
    const { status, stdout } = bypassgen(
      cwd,
      ['run', 'x.ts', '--only', 'redis,web', '--trace=redis', '--until', 'last', '-q'],
      {
        ...env,
        STATUS: '7',
      },
    );
    expect(stdout).toBe('x 4 --only=redis,web --until=last --trace=redis\n');
    expect(status).toBe(7);
  });

  it('keeps stdout for its JSON', () => {
    const { cwd, env } = project();
    const { stdout, stderr } = bypassgen(cwd, ['run', 'x.ts', '--json', '-q'], env);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'run', status: 0 });
    expect(stderr).toBe('x 4\n');
  });

  it('says what runs, where its logs are, and how to end it', () => {
    const { cwd, env } = project();
    const { stderr } = bypassgen(cwd, ['run', 'x.ts', '--only', 'web', '--run-dir', 'here'], env);
    expect(stderr.split('\n')).toContain('running web; logs are in here; Ctrl-C ends it');
    expect(bypassgen(cwd, ['run', 'x.ts'], env).stderr).toMatch(/^running redis, web; logs are in \/.*\/x;/m);
  });

  it('forwards signals and ends as the binary did', async () => {
    const waits =
      '#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{\n    puts("up");\n    fflush(stdout);\n    pause();\n    return 0;\n}\n';
    const { cwd } = project();
    const env = { ...process.env, BYPASSGEN_RUNTIME: miniRuntime({ 'main/main.c': waits }) };
    const child = spawn(process.execPath, [bin, 'run', 'x.ts', '-q'], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const status = await new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    expect(status).toBe(128 + 15);
  });
});

describe('Ctrl-C', () => {
  it('ends a config that loops for ever', async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { 'x.ts': "import fs from 'node:fs';\nfs.writeSync(1, 'here');\nfor (;;);\n" });
    const child = spawn(process.execPath, [bin, 'plan', 'x.ts'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))).toBe('SIGINT');
  });
});

describe('a config that waits for ever', () => {
  it('is told so', () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { 'x.ts': 'export default () => new Promise(() => {});\n' });
    const { status, stderr } = bypassgen(cwd, ['plan', 'x.ts']);
    expect(stderr).toContain('BP1003: the config threw: a promise that it waits for is never settled');
    expect(status).toBe(1);
  });
});
