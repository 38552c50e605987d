/** The table of pairs, and the choice among them. */
import { describe, expect, it } from 'vitest';
import { chooseCores, choosePairs } from '../../gen/bench/choose.ts';
import { isRemote } from '../../gen/bench/pair.ts';
import { coresOf, pairs } from '../../gen/bench/pairs.ts';
import { benchPrograms } from '../../gen/bench/programs.ts';
import { redisSpec } from '../../gen/bench/redis-spec.ts';
import { endSpec, endsOf } from '../../gen/bench/remote-specs.ts';
import { figureOfJson, figureOfRedisBenchmark, figureOfTestpmd } from '../../gen/bench/workloads.ts';
import { parseSpec } from '../../gen/spec/parse.ts';
import { largest, smallest } from './helpers/specs.ts';

const parameters = {
  port: 20_001,
  otherPort: 20_002,
  bind: '127.0.0.1',
  server: '127.0.0.1',
  folder: '/tmp/x',
  milliseconds: 100,
  requests: 1000,
  spin: false,
};

describe('the table of pairs', () => {
  it('has ids of its own', () => {
    expect(new Set(pairs.map((pair) => pair.id)).size).toBe(pairs.length);
  });

  it('gives both sides one core, but for the pairs that end in .two and those of two hosts', () => {
    for (const pair of pairs)
      expect([pair.id, coresOf(pair)]).toEqual([pair.id, pair.id.endsWith('.two') || isRemote(pair) ? 2 : 1]);
  });

  it('has a program on each of two hosts in their pairs, and two hosts in all their variants', () => {
    for (const { id, linux, ours, workload } of pairs.filter(isRemote)) {
      expect(workload.programs(parameters).length, id).toBeGreaterThanOrEqual(2);
      for (const variant of [...linux, ...ours]) expect([id, variant.remote?.hosts.length]).toEqual([id, 2]);
    }
  });

  it('has no target where both sides have two cores', () => {
    for (const pair of pairs.filter((p) => p.id.endsWith('.two'))) expect(pair.target).toBeUndefined();
  });

  it('names programs that are there, and those that have to be installed', () => {
    const own = benchPrograms();
    for (const { workload } of pairs)
      for (const { command } of workload.programs(parameters))
        expect([...own, process.execPath, ...Object.keys(workload.needs)]).toContain(command[0]);
  });
});

describe('the figure of a run', () => {
  it('is found in the line of JSON, and nowhere else', () => {
    expect(figureOfJson('noise\n{"value":4.9123,"count":10}\nmore\n')).toBe(4.9123);
    expect(figureOfJson('{"value":4.91')).toBeUndefined();
    expect(figureOfJson('')).toBeUndefined();
  });

  it('is the rate that redis-benchmark tells at last', () => {
    const csv = '"test","rps","avg_latency_ms"\n"GET","150000.50","0.2"\n';
    expect(figureOfRedisBenchmark(csv)).toBe(150_000.5);
    expect(figureOfRedisBenchmark('"test","rps"\n')).toBeUndefined();
  });

  it('is what testpmd says at its end', () => {
    const line = '  CPU cycles/packet=46.70 (total cycles=7696634479 / total io packets=164814848) at 2600 MHz Clock\n';
    expect(figureOfTestpmd(line)).toBe(46.7);
    expect(figureOfTestpmd('Port 0 is closed\n')).toBeUndefined();
  });
});

describe('--only', () => {
  it('chooses in the order of the table', () => {
    const { pairs: chosen } = choosePairs('local.futex,local.tcp-echo', true);
    expect(chosen.map((pair) => pair.id)).toEqual(['local.tcp-echo', 'local.futex']);
    expect(choosePairs(undefined, true)).toEqual({ pairs, diagnostics: [] });
  });

  it('leaves the pairs of two hosts out for who may not make them, and says so', () => {
    const { pairs: left, diagnostics } = choosePairs(undefined, false);
    expect(left).toEqual(pairs.filter((pair) => !isRemote(pair)));
    expect(diagnostics).toMatchObject([{ code: 'BP6008', severity: 'warning' }]);
  });

  it('is an error where such a pair is asked for', () => {
    const { diagnostics } = choosePairs('local.futex,remote.rtt.memif', false);
    expect(diagnostics).toMatchObject([{ code: 'BP6007', severity: 'error' }]);
    expect(diagnostics[0]?.message).toContain('remote.rtt.memif');
  });

  it('tells which pair was meant', () => {
    const [diagnostic] = choosePairs('local.tcp-ecko', true).diagnostics;
    expect(diagnostic?.code).toBe('BP6003');
    expect(diagnostic?.hint).toBe("did you mean 'local.tcp-echo'?");
  });
});

describe('the cores', () => {
  const { pairs: one } = choosePairs('local.futex', false);
  const { pairs: two } = choosePairs('local.futex.two', false);

  it("are the config's, then others that may be used", () => {
    expect(chooseCores(one, [3], [0, 1, 3])).toEqual([3]);
    expect(chooseCores(two, [3], [0, 1, 3])).toEqual([3, 0]);
    expect(chooseCores(one, [9], [0, 1])).toEqual([0]);
  });

  it('are an error when there are too few, with the pairs that want more', () => {
    const diagnostic = chooseCores([...one, ...two], [0], [0]);
    expect(diagnostic).toMatchObject({ code: 'BP6004' });
    expect('message' in diagnostic && diagnostic.message).toContain('local.futex.two: needs 2 cores');
  });
});

describe('the configs of ends of wires', () => {
  const ends = endsOf(pairs, '/tmp/x/memif.sock');

  it('are each there once', () => {
    const kinds = ['afxdp', 'memif', 'tap'];
    expect(ends.map((end) => end.name).toSorted()).toEqual(kinds.flatMap((kind) => [`${kind}-0`, `${kind}-1`]));
  });

  it.each([smallest, largest])('are valid, whatever the config was ($name)', (spec) => {
    for (const end of ends) {
      const { diagnostics } = parseSpec(endSpec(spec, end, 0));
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    }
  });
});

describe('the config of generic.redis-get', () => {
  it.each([smallest, largest])('is valid, whatever the config was ($name)', (spec) => {
    const { diagnostics } = parseSpec(redisSpec(spec, 0, 20_001, 1000));
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  });
});
