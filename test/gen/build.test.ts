import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BuildResult, buildBinary, type Variant } from '../../gen/build/build.ts';
import { withLock } from '../../gen/build/lock.ts';
import { parseDependencies } from '../../gen/build/object-cache.ts';
import { parseNm } from '../../gen/build/symbols.ts';
import { compareOutput, writeOutput } from '../../gen/build/writer.ts';
import { emit } from '../../gen/emit/emit.ts';
import type { Spec } from '../../gen/index.ts';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { silent, talkTo } from '../../gen/terminal/talk.ts';
import { temporaryFolder } from './helpers/folders.ts';
import { miniRuntime } from './helpers/mini-runtime.ts';
import { smallest } from './helpers/specs.ts';

class Workshop {
  readonly directory = temporaryFolder();
  readonly runtime: string;

  constructor(extra: Record<string, string> = {}) {
    this.runtime = miniRuntime(extra);
  }

  async build(spec: Spec = smallest, variant: Variant = 'specialised', env = process.env): Promise<BuildResult> {
    const plan = makePlan(spec);
    const { changes } = compareOutput(this.directory, emit(plan), false);
    writeOutput(this.directory, plan, changes, {});
    return buildBinary({ plan, directory: this.directory, variant, env, talk: silent, runtime: this.runtime, jobs: 2 });
  }

  edit(file: string, change: (text: string) => string): void {
    const full = path.join(this.runtime, file);
    fs.writeFileSync(full, change(fs.readFileSync(full, 'utf8')));
    // As if it had been edited before the next build began, whatever the clock's grain.
    fs.utimesSync(full, new Date(0), new Date(0));
  }
}

const output = (result: BuildResult) => spawnSync(result.binary ?? '', { encoding: 'utf8' }).stdout.trim();

describe('a build', () => {
  it('makes a static binary from the tables', async () => {
    const result = await new Workshop().build();
    expect(result.diagnostics).toEqual([]);
    expect(output(result)).toBe('small 2');
    expect(spawnSync('readelf', ['-l', result.binary ?? ''], { encoding: 'utf8' }).stdout).not.toContain('INTERP');
  });

  it('makes the generic binary from the same sources', async () => {
    const shop = new Workshop();
    await shop.build();
    expect(output(await shop.build(smallest, 'generic'))).toBe('generic 0');
    expect(output(await shop.build())).toBe('small 2');
  });

  it('compiles and links nothing when nothing changed', async () => {
    const shop = new Workshop();
    const first = await shop.build();
    expect(first).toMatchObject({ compiled: 4, linked: true });
    expect(await shop.build()).toMatchObject({ compiled: 0, linked: false, binary: first.binary });
  });

  it('goes by content, not by time', async () => {
    const shop = new Workshop();
    await shop.build();
    for (const file of ['base/twice.c', 'base/base.h'])
      fs.utimesSync(path.join(shop.runtime, file), new Date(), new Date());
    expect(await shop.build()).toMatchObject({ compiled: 0, linked: false });
  });

  it('compiles exactly what includes a changed header', async () => {
    const shop = new Workshop();
    await shop.build();
    shop.edit('base/twice.h', (text) => `${text}#define TWICE 2\n`);
    // twice.c, quad.c and main.c include it; the tables do not.
    expect((await shop.build()).compiled).toBe(3);
  });

  it('compiles the tables alone when a command of the config changes', async () => {
    const shop = new Workshop();
    await shop.build();
    const workload = { apps: { a: { command: ['false'] } } };
    expect((await shop.build({ ...smallest, workload })).compiled).toBe(1);
  });

  it('compiles everything for another processor, and drops the objects of deleted sources', async () => {
    const shop = new Workshop();
    await shop.build();
    fs.rmSync(path.join(shop.runtime, 'sched/quad.c'));
    const hardware = { cpu: { march: 'x86-64-v3' as const } };
    expect((await shop.build({ ...smallest, hardware })).compiled).toBe(3);
    expect(fs.existsSync(path.join(shop.directory, 'build/specialised/sched/quad.c.o'))).toBe(false);
  });

  it('is the same bytes wherever it is made', async () => {
    const [one, two] = [await new Workshop().build(), await new Workshop().build()];
    expect(fs.readFileSync(one.binary ?? '').equals(fs.readFileSync(two.binary ?? ''))).toBe(true);
  });

  it('goes on after an object was lost or half written', async () => {
    const shop = new Workshop();
    await shop.build();
    const objects = path.join(shop.directory, 'build/specialised');
    fs.rmSync(path.join(objects, 'base/twice.c.o'));
    fs.writeFileSync(path.join(objects, 'sched/quad.c.o.json'), '{"key":');
    fs.writeFileSync(path.join(objects, 'base/twice.c.o.1.bypassgen-tmp'), 'half');
    fs.rmSync(path.join(shop.directory, 'bin'), { recursive: true });
    expect(await shop.build()).toMatchObject({ compiled: 2, linked: true, diagnostics: [] });
    expect(fs.existsSync(path.join(objects, 'base/twice.c.o.1.bypassgen-tmp'))).toBe(false);
  });

  it('tells all sources that do not compile, with what the compiler said', async () => {
    const shop = new Workshop({ 'base/x.c': 'int x = ;\n', 'sched/y.c': 'int y = z;\n' });
    const { diagnostics } = await shop.build();
    expect(diagnostics.map((d) => d.message).sort()).toEqual([
      'base/x.c does not compile',
      'sched/y.c does not compile',
    ]);
    expect(diagnostics[0]?.detail).toMatch(/^(base|sched)\/[xy]\.c:1:/);
    expect(diagnostics[0]?.detail).not.toContain(shop.runtime);
  });

  it('refuses vector registers and libc in handler code, but not in the launcher', async () => {
    const floats = 'double bp_half(double x);\ndouble bp_half(double x)\n{\n    return x / 2;\n}\n';
    const handler = await new Workshop({ 'socket/half.c': floats }).build();
    expect(handler.diagnostics[0]).toMatchObject({ name: 'compileFailed' });
    expect((await new Workshop({ 'main/half.c': floats }).build()).diagnostics).toEqual([]);

    const libc = '#include <stdlib.h>\nvoid *bp_take(void);\nvoid *bp_take(void)\n{\n    return malloc(1);\n}\n';
    const { diagnostics } = await new Workshop({ 'linux/take.c': libc }).build();
    expect(diagnostics.map((d) => d.message)).toEqual([
      "linux/take.c is handler code but needs 'malloc', which the runtime does not define",
    ]);
  });

  it("lets a floor's headers and the kernel's have the same name", async () => {
    const shop = new Workshop({
      'linux/signal.h': '#define BP_OWN 1\n',
      'linux/s.c': '#include "linux/signal.h"\n#include <linux/signal.h>\nint bp_s = BP_OWN + SIGHUP;\n',
    });
    expect((await shop.build()).diagnostics).toEqual([]);
  });

  it('waits for another build in the same folder, but not for a dead one, nor for one whose pid somebody else has', async () => {
    const folder = temporaryFolder();
    const order: string[] = [];
    const slow = withLock(folder, silent, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first');
    });
    await Promise.all([slow, withLock(folder, silent, async () => void order.push('second'))]);
    expect(order).toEqual(['first', 'second']);

    const dead = spawn('true');
    const holders = [`${dead.pid} 1`, `${process.ppid} 1`, 'nobody', ''];
    await new Promise((resolve) => dead.on('exit', resolve));
    for (const holder of holders) {
      fs.writeFileSync(path.join(folder, '.lock'), holder);
      expect(await withLock(folder, silent, async () => 'ran'), `held by '${holder}'`).toBe('ran');
    }
  });
});

describe('what tools print', () => {
  it('is read with blanks in file names', () => {
    expect(parseDependencies('a.o: /x/a\\ b.c \\\n /x/c.h \\\n  /x/$$d.h\n')).toEqual([
      '/x/a b.c',
      '/x/c.h',
      '/x/$d.h',
    ]);
  });

  it('is sorted into what an object defines and needs', () => {
    const nm = '/x/a.o: f T 0 1\n/x/a.o: local t 0 1\n/x/a.o: g U\n/x/a.o: weak w\n/x/b.o: v B 0 4\n';
    expect([...parseNm(nm)]).toEqual([
      ['/x/a.o', { defined: ['f'], undefined: ['g', 'weak'] }],
      ['/x/b.o', { defined: ['v'], undefined: [] }],
    ]);
  });
});

describe('progress', () => {
  const spoken = (isTTY: boolean) => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const talk = talkTo({ isTTY, columns: 20, write });
    talk.progress('one', 1, 2);
    talk.progress('a name longer than the line', 2, 2);
    talk.finish();
    talk.say('done');
    return text;
  };

  it('is one changing line on a terminal and plain lines elsewhere', () => {
    expect(spoken(true)).toBe('\r\x1b[K[1/2] one\r\x1b[K[2/2] a name longer\r\x1b[Kdone\n');
    expect(spoken(false)).toBe('[1/2] one\n[2/2] a name longer than the line\ndone\n');
  });
});
