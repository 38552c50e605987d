import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addonDirectory, buildAddon } from '../../gen/build/addon.ts';
import { gccVersion } from '../../gen/build/toolchain.ts';
import { silent } from '../../gen/terminal/talk.ts';
import { temporaryFolder } from '../gen/helpers/folders.ts';

interface Statistics {
  readonly layout: object | undefined;
  read(first: unknown, target: unknown): void;
}

const shop = temporaryFolder();
const addonFile = path.join(shop, 'addon.node');
let addon: {
  open(path: unknown): Promise<Statistics>;
  attach(path: unknown, onMarks: unknown, onEnd: unknown): Promise<unknown>;
};

beforeAll(async () => {
  const compiler = gccVersion(process.env) ?? '';
  const objects = path.join(shop, 'objects');
  const result = await buildAddon({ target: addonFile, objects, compiler, env: process.env, jobs: 2, talk: silent });
  expect(result.diagnostics).toEqual([]);
  addon = createRequire(import.meta.url)(addonFile);
  const source = path.join(import.meta.dirname, 'hand-over.c');
  const gcc = spawnSync('gcc', ['-Wall', '-Wextra', '-Werror', '-O1', source, '-o', path.join(shop, 'hand-over')]);
  expect(gcc.stderr.toString()).toBe('');
});

interface Shape {
  magic?: string;
  headerBytes?: number;
  workerRows?: number;
  workerCounters?: string[];
  appRows?: number;
  appCounters?: string[];
  counters?: bigint[];
  /** Overrides of what the header says of them. */
  says?: Partial<Record<'workerRows' | 'workerStats' | 'appRows' | 'appStats', number>>;
  size?: number;
}

/** A region as runtime-c/base/stats.h describes it, or nearly so. */
function region(shape: Shape = {}): Buffer {
  const { workerCounters = ['switches', 'patched_calls'], appCounters = ['calls'] } = shape;
  const { magic = 'bpstats\x01', headerBytes = 32, workerRows = 2, appRows = 3, says = {} } = shape;
  const header = Buffer.alloc(Math.max(headerBytes, 32));
  header.write(magic, 'latin1');
  const words = [
    headerBytes,
    says.workerRows ?? workerRows,
    says.workerStats ?? workerCounters.length,
    says.appRows ?? appRows,
    says.appStats ?? appCounters.length,
    4711,
  ];
  words.forEach((word, i) => {
    header.writeUInt32LE(word, 8 + 4 * i);
  });
  const names = [...workerCounters, ...appCounters, ...Array(appRows).fill('app')].map((name: string) => {
    const field = Buffer.alloc(32);
    field.write(name);
    return field;
  });
  const count = workerRows * workerCounters.length + appRows * appCounters.length;
  const values = Buffer.alloc(count * 8);
  (shape.counters ?? []).forEach((value, i) => {
    values.writeBigUInt64LE(value, i * 8);
  });
  const bytes = Buffer.concat([header, ...names, values]);
  return shape.size === undefined ? bytes : Buffer.concat([bytes, Buffer.alloc(8192)]).subarray(0, shape.size);
}

/** Has a region handed over. Returns the path of the control socket. */
async function offer(bytes: Buffer, how: string): Promise<string> {
  const socket = path.join(temporaryFolder(), 's');
  const server = spawn(path.join(shop, 'hand-over'), [socket, how], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void server.kill());
  server.stdin.end(bytes);
  await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    server.once('exit', () => reject(new Error('hand-over ended')));
  });
  return socket;
}

const open = async (bytes: Buffer, how = 'as-it-should'): Promise<Statistics> => addon.open(await offer(bytes, how));

const attach = async (bytes: Buffer, how: string): Promise<unknown> =>
  addon.attach(
    await offer(bytes, how),
    () => undefined,
    () => undefined,
  );

const openDescriptors = () => fs.readdirSync('/proc/self/fd').length;

describe('a statistics region', () => {
  it('is read by what it says of itself', async () => {
    const statistics = await open(region({ counters: [1n, 2n, 3n, 4n, 5n, 6n, 7n] }));
    expect(statistics.layout).toEqual({
      pid: 4711,
      workerRows: 2,
      appRows: 3,
      workerCounters: ['switches', 'patched_calls'],
      appCounters: ['calls'],
    });
    const all = new Float64Array(7);
    statistics.read(0, all);
    expect([...all]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const part = new Float64Array(2);
    statistics.read(5, part);
    expect([...part]).toEqual([6, 7]);
  });

  it('may have a longer header than this version knows, and be longer than it needs', async () => {
    const statistics = await open(region({ headerBytes: 64, counters: [9n], size: 4000 }));
    const one = new Float64Array(1);
    statistics.read(0, one);
    expect(one[0]).toBe(9);
  });

  it('may be empty', async () => {
    const statistics = await open(region({ workerRows: 0, workerCounters: [], appRows: 0, appCounters: [] }));
    statistics.read(0, new Float64Array(0));
    expect(() => statistics.read(0, new Float64Array(1))).toThrow('not so many counters');
  });

  it('gives counters as numbers: exact up to 2^53, the nearest one beyond', async () => {
    const statistics = await open(region({ counters: [2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n] }));
    const values = new Float64Array(3);
    statistics.read(0, values);
    expect([...values]).toEqual([Number.MAX_SAFE_INTEGER, 2 ** 53, 2 ** 64]);
  });

  it.each<[string, Shape]>([
    ['does not begin as statistics do', { magic: 'bpstats\x02' }],
    ['too short for a header', { size: 31 }],
    ['impossible size', { headerBytes: 24 }],
    ['impossible size', { headerBytes: 36 }],
    ['impossible size', { headerBytes: 8192 }],
    ['impossible counts', { says: { workerRows: 2 ** 32 - 1 } }],
    ['impossible counts', { says: { workerStats: 2 ** 31 } }],
    ['impossible counts', { says: { appRows: 2 ** 27 } }],
    ['impossible counts', { says: { appStats: 1025 } }],
    ['shorter than its header says', { says: { workerRows: 3 } }],
    ['shorter than its header says', { says: { appRows: 65536, appStats: 1024 } }],
    ['shorter than its header says', { size: region().length - 1 }],
    ["counter's name is malformed", { workerCounters: ['', 'b'] }],
    ["counter's name is malformed", { workerCounters: ['__proto__"', 'b'] }],
    ["counter's name is malformed", { appCounters: ['Ä'] }],
    ["counter's name is malformed", { appCounters: ['a'.repeat(32)] }],
  ])('is refused: %s', async (reason, shape) => {
    await expect(open(region(shape))).rejects.toThrow(reason);
  });

  it('is refused when it may shrink, and a read would be a SIGBUS', async () => {
    await expect(open(region(), 'unsealed')).rejects.toThrow('not sealed against shrinking');
  });

  it('is refused when there is nothing in it', async () => {
    await expect(open(Buffer.alloc(0))).rejects.toThrow('it has no size');
  });
});

describe('an answer to stats', () => {
  it('with more descriptors than one leaves none of them open', async () => {
    const before = openDescriptors();
    for (const how of ['three-descriptors', 'too-many-descriptors'])
      expect((await open(region(), how)).layout).toBeDefined();
    // Those of the two servers' pipes are ours until they have ended.
    expect(openDescriptors()).toBeLessThanOrEqual(before + 4);
  });

  it('without a descriptor is quoted', async () => {
    await expect(open(region(), 'no-descriptor')).rejects.toThrow(
      'the answer has no region: {"ok":false,"error":"no"}',
    );
  });

  it('without an end is cut off', async () => {
    await expect(open(region(), 'no-end')).rejects.toThrow('the answer has no end');
  });

  it('may be missing', async () => {
    await expect(open(region(), 'silence')).rejects.toThrow('closed the connection without an answer');
    await expect(addon.open('/nonexistent/s')).rejects.toThrow('does not answer (No such file or directory)');
    await expect(addon.open('x'.repeat(108))).rejects.toThrow('too long');
  });
});

describe('an answer to attach', () => {
  it.each([
    ['as-it-should', 'the answer has no descriptors'],
    ['no-descriptor', 'the answer has no descriptors: {"ok":false,"error":"no"}'],
    ['silence', 'closed the connection without an answer'],
    ['no-end', 'the answer has no end'],
  ])('is refused: %s', async (how, reason) => {
    await expect(attach(Buffer.alloc(8192), how)).rejects.toThrow(reason);
  });

  it('is refused when the region may shrink, or has no room for a header', async () => {
    await expect(attach(Buffer.alloc(8192), 'three-unsealed')).rejects.toThrow('not sealed against shrinking');
    await expect(attach(Buffer.alloc(4095), 'three-descriptors')).rejects.toThrow('too short for a header');
  });

  it('is refused when its doorbells cannot be waited at', async () => {
    await expect(attach(Buffer.alloc(8192), 'three-descriptors')).rejects.toThrow('does not watch its descriptors');
  });
});

describe('the addon', () => {
  it('refuses arguments that are none', async () => {
    expect(() => addon.open(undefined)).toThrow(TypeError);
    expect(() => addon.attach('x', undefined, () => undefined)).toThrow(TypeError);
    const statistics = await open(region());
    for (const args of [[], [0], [0, []], [0, new BigUint64Array(1)], ['0', new Float64Array(1)]])
      expect(() => statistics.read(args[0], args[1])).toThrow(TypeError);
    for (const first of [-1, 7, 8, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, -0.5])
      expect(() => statistics.read(first, new Float64Array(1))).toThrow(RangeError);
    expect(() => statistics.read(0, new Float64Array(8))).toThrow(RangeError);
  });

  it('has nothing to read in an object that JavaScript made itself', async () => {
    const made = new ((await open(region())).constructor as new () => Statistics)();
    expect(made.layout).toBeUndefined();
    expect(() => made.read(0, new Float64Array(1))).toThrow(RangeError);
    const { read } = Object.getPrototypeOf(made);
    expect(() => read.call({}, 0, new Float64Array(1))).toThrow();
  });

  it('needs nothing but glibc and Node', () => {
    const { stdout } = spawnSync('readelf', ['-dW', addonFile], { encoding: 'utf8' });
    expect([...stdout.matchAll(/NEEDED.*\[(.+)\]/g)].map((match) => match[1]).sort()).toEqual(
      expect.arrayContaining(['libc.so.6']),
    );
    expect(stdout).not.toMatch(/libstdc|libgcc/);
    const symbols = spawnSync('nm', ['-D', '--defined-only', addonFile], { encoding: 'utf8' }).stdout;
    expect(symbols.match(/\S+$/gm)?.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  it('survives damaged regions under the sanitizers', () => {
    const binary = path.join(shop, 'region-fuzz');
    const sources = [path.join(import.meta.dirname, 'region-fuzz.cc'), path.join(addonDirectory, 'region.cc')];
    const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover'];
    const flags = ['-std=c++17', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-I', addonDirectory, ...sanitizers];
    expect(spawnSync('g++', [...flags, ...sources, '-o', binary]).stderr.toString()).toBe('');
    const { status, stdout, stderr } = spawnSync(binary, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+ of 300000 accepted$/m);
  });
});
