/** `bypassgen verify`: configs as they are shipped, in a guest and in a namespace. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { userDrivers } from '../../gen/verify/models.ts';
import type { VerifyJson } from '../../gen/verify/report/json.ts';
import { bypassgen } from '../gen/helpers/cli.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { buildFolder, everything, unavailable, xdpUnavailable } from './helpers.ts';

const configs = path.join(import.meta.dirname, '../../configs');

const run = (config: string, ...options: string[]) =>
  bypassgen(configs, ['verify', config, '--out', temporaryFolder(), ...options]);

const minutes = 60_000;

function verify(config: string, ...options: string[]): { exit: number | null; verdict: VerifyJson; folder: string } {
  const out = buildFolder;
  const { status, stdout } = bypassgen(configs, ['verify', config, '--json', '--out', out, ...options]);
  return {
    exit: status,
    verdict: JSON.parse(stdout).verdict,
    folder: path.join(out, path.basename(config, '.ts'), 'verify'),
  };
}

const failed = ({ rows }: VerifyJson) => rows.filter(({ status }) => status === 'failed');

/** Data went both ways, and again after another start. */
const conversations = ({ rows }: VerifyJson) =>
  rows.filter(({ what, status }) => /^start [12]: redis/.test(what) && status === 'passed').length;

describe.skipIf(unavailable)(unavailable ? `a guest (skipped: ${unavailable})` : 'a guest', () => {
  const shipped = everything ? ['e1000', 'e1000e', 'vmxnet3', 'virtio'] : [];

  it.each(shipped)(
    'has %s, and redis-server answers over it',
    (model) => {
      const { exit, verdict, folder } = verify(`${model}.ts`);
      expect(failed(verdict)).toEqual([]);
      expect(conversations(verdict)).toBe(2);
      expect(exit).toBe(0);
      expect(fs.readdirSync(folder).sort()).toEqual(['junit.xml', 'verify.html', 'verify.json']);
    },
    6 * minutes,
  );

  it(
    'has two NUMA nodes with a NIC at each, and no page of the runtime is on the wrong one',
    () => {
      const { verdict } = verify('two-nodes.ts');
      const rows = (pattern: RegExp) => verdict.rows.filter(({ what }) => pattern.test(what));
      expect(failed(verdict)).toEqual([]);
      expect(conversations(verdict)).toBe(6);
      expect(rows(/NUMA node$/).map(({ found }) => found)).toEqual(['0', '1']);
      const memory = rows(/memory on node [01]$/);
      expect(memory).toHaveLength(4);
      for (const { status, found } of memory) {
        expect([status, found]).toEqual(['passed', expect.stringMatching(/^0 of \d{4,} pages wrong/)]);
        for (const kind of ['arena', 'stacks', 'packets', 'descriptor rings']) expect(found).toContain(kind);
      }
    },
    6 * minutes,
  );

  it.runIf(everything)(
    'has a NIC of two queues, and each gets some of what comes',
    () => {
      const cwd = temporaryFolder();
      const text = fs.readFileSync(path.join(configs, 'virtio.ts'), 'utf8');
      writeFiles(cwd, {
        'queues.ts': text.replace("name: 'virtio'", "name: 'queues'").replace('queues: 1', 'queues: 2'),
      });
      const { verdict } = verify(path.join(cwd, 'queues.ts'));
      expect(failed(verdict)).toEqual([]);
      const spread = verdict.rows.filter(({ what }) => what.includes('spread of net0'));
      expect(spread.map(({ status }) => status)).toEqual(['passed', 'passed']);
    },
    6 * minutes,
  );

  it.runIf(everything)(
    'has no IOMMU when it is told',
    () => {
      const { verdict } = verify('e1000.ts', '--driver', userDrivers[1]);
      expect(failed(verdict)).toEqual([]);
    },
    6 * minutes,
  );
});

/** Both starts of the runtime serve redis-server's values. */
function answersInNamespace(config: string): void {
  const { exit, verdict } = verify(config);
  expect(failed(verdict)).toEqual([]);
  expect(conversations(verdict)).toBeGreaterThanOrEqual(2);
  expect(exit).toBe(0);
}

describe.skipIf(process.geteuid?.() !== 0)('a network namespace', () => {
  it.each(['tap', 'packet'])(
    'has the device of %s.ts, and redis-server answers over it',
    (config) => answersInNamespace(`${config}.ts`),
    4 * minutes,
  );
});

const noXdp = xdpUnavailable();

describe.skipIf(noXdp)(noXdp ? `af_xdp (skipped: ${noXdp})` : 'af_xdp', () => {
  it(
    'has the veth pair of veth.ts, and redis-server answers over it',
    () => answersInNamespace('veth.ts'),
    4 * minutes,
  );
});

describe.skipIf(process.geteuid?.() !== 0)('a second runtime', () => {
  const shipped = everything ? ['memif', 'virtio-user', 'vhost-user'] : ['memif'];

  it.each(shipped)(
    'is at the other end of the socket of %s.ts, and redis-server answers it',
    (config) => {
      const { exit, verdict } = verify(`${config}.ts`);
      expect(verdict.target).toBe('runtime');
      expect(failed(verdict)).toEqual([]);
      expect(conversations(verdict)).toBe(2);
      expect(exit).toBe(0);
      expect(fs.existsSync('/run/bypassgen/memif.sock')).toBe(false);
    },
    4 * minutes,
  );

  it.runIf(everything)(
    'is the client where the config serves, and the server of its own kind',
    () => {
      const text = fs.readFileSync(path.join(configs, 'memif.ts'), 'utf8');
      const cwd = temporaryFolder();
      writeFiles(cwd, {
        'serving.ts': text
          .replace("name: 'memif'", "name: 'serving'")
          .replace("model: 'memif',", "model: 'memif', role: 'server',"),
      });
      expect(failed(verify(path.join(cwd, 'serving.ts')).verdict)).toEqual([]);
    },
    4 * minutes,
  );
});

describe('verify refuses', () => {
  it.each(['ring', 'null'])('%s, which has no other end', (model) => {
    const { status, stderr } = run(`${model}.ts`);
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(new RegExp(`no other process can be at the other end of a '${model}'|needs root`)),
    ]);
  });

  it('a NIC that no guest has', () => {
    const { status, stderr } = run('mlx5.ts');
    expect([status, stderr]).toEqual([3, expect.stringMatching(/QEMU emulates no 'mlx5'|'qemu-system-x86_64'/)]);
  });

  it('a device that Linux is not the other end of', () => {
    const { status, stderr } = run('memif.ts', '--target', 'netns');
    expect([status, stderr]).toEqual([3, expect.stringMatching(/not the other end of a 'memif'|needs root/)]);
  });

  it('a target that is not there, and says which is meant', () => {
    const { status, stderr } = run('tap.ts', '--target', 'netn');
    expect([status, stderr]).toEqual([1, expect.stringContaining("did you mean 'netns'?")]);
  });

  it('a time that is none', () => {
    const { status, stderr } = run('tap.ts', '--seconds', 'long');
    expect([status, stderr]).toEqual([1, expect.stringContaining("--seconds: 'long' is not a number")]);
  });
});
