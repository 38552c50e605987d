import { describe, expect, it } from 'vitest';
import { makePlan } from '../../gen/plan/make-plan.ts';
import { placeApps } from '../../gen/plan/placement.ts';
import { hashSpec } from '../../gen/plan/spec-hash.ts';
import { largest, smallest } from './helpers/specs.ts';

const app = (name: string, ...talksTo: string[]) => ({ name, talksTo });
const workersOf = (apps: ReturnType<typeof app>[], workers: number) =>
  Object.fromEntries([...placeApps(apps, workers)].map(([name, { worker }]) => [name, worker]));

describe('placement', () => {
  it('puts programs that talk to each other, directly or not, on one worker', () => {
    expect(workersOf([app('a', 'b'), app('b', 'c'), app('c'), app('d'), app('e')], 3)).toEqual({
      a: 0,
      b: 0,
      c: 0,
      d: 1,
      e: 2,
    });
  });

  it('gives groups to the worker with the fewest programs, largest group first', () => {
    const apps = [app('a'), app('b'), app('x', 'y'), app('y'), app('z', 'y')];
    expect(workersOf(apps, 2)).toEqual({ x: 0, y: 0, z: 0, a: 1, b: 1 });
  });

  it('does not depend on the order of the programs or on who names whom', () => {
    const one = workersOf([app('a', 'b'), app('b'), app('c', 'd'), app('d')], 2);
    const other = workersOf([app('d', 'c'), app('c'), app('b', 'a'), app('a')], 2);
    expect(other).toEqual(one);
  });

  it('says why', () => {
    expect(placeApps([app('a', 'b'), app('b')], 2).get('b')?.reason).toContain('shares a worker with a');
    expect(placeApps([app('a')], 2).get('a')?.reason).toContain('talks to no other');
    expect(placeApps([app('a')], 1).get('a')?.reason).toContain('one worker');
  });
});

describe('memory of NUMA nodes', () => {
  const numa = [
    { node: 0, cores: [0, 1] },
    { node: 2, cores: [2, 3] },
  ];
  const nodesOf = (cores: number[], hardware: object = {}) =>
    makePlan({ ...smallest, hardware: { ...smallest.hardware, cpu: { cores }, numa, ...hardware } }).nodes;

  it('is bound to those of the workers, the first of which is that of worker 0', () => {
    expect(nodesOf([2, 0]).map(({ node }) => node)).toEqual([2, 0]);
    expect(nodesOf([2, 3]).map(({ node }) => node)).toEqual([2]);
    expect(nodesOf([0], { numa: [{ node: 0, cores: [0] }] })).toEqual([]);
  });

  it("divides the arena, by the huge pages that a node's packets leave", () => {
    expect(nodesOf([0, 2]).map(({ arenaMiB }) => arenaMiB)).toEqual([32768, 32768]);
    const nics = [{ name: 'net0', model: 'virtio' as const, pci: '0000:0b:00.0', numaNode: 2, rxDescriptors: 4096 }];
    const [far, near] = nodesOf([0, 2], { hugepages: { size: '2MiB', count: 1024 }, nics });
    expect(near?.arenaMiB).toBeLessThan(far?.arenaMiB ?? 0);
    expect((near?.arenaMiB ?? 1) % 2).toBe(0);
    expect((near?.arenaMiB ?? 0) + (far?.arenaMiB ?? 0)).toBeLessThan(2048);
  });
});

describe('a plan', () => {
  it('is frozen through and through', () => {
    const plan = makePlan(largest);
    expect(() => ((plan.apps as unknown[])[0] = 1)).toThrow();
    expect(() => ((plan.decisions[0] as { value: unknown }).value = 1)).toThrow();
  });

  it('gives a reason and a source for every decision, each key once', () => {
    for (const spec of [smallest, largest]) {
      const { decisions } = makePlan(spec);
      expect(decisions.every((d) => d.reason.length > 3)).toBe(true);
      expect(new Set(decisions.map((d) => d.key)).size).toBe(decisions.length);
    }
  });

  it('tells what the user said from what it chose', () => {
    const source = (key: string) => makePlan(largest).decisions.find((d) => d.key === key)?.source;
    expect(source('policy.tickMicroseconds')).toBe('user');
    expect(source('workload.apps.back-1.log')).toBe('default');
    expect(source('workload.apps.back-1.worker')).toBe('derived');
  });

  it('takes locks out only when nobody shares the arena', () => {
    const share = (cores: number[], fork: boolean) =>
      makePlan({ ...smallest, hardware: { cpu: { cores } }, policy: { fork } }).runtime.mayShare;
    expect([share([0], false), share([0], true), share([0, 1], false)]).toEqual([false, true, true]);
  });

  it('sizes the arena by the huge pages that there are', () => {
    const hugepages = { size: '1GiB', count: 3 } as const;
    const { runtime } = makePlan({ ...smallest, hardware: { cpu: {}, hugepages } });
    expect(runtime).toMatchObject({ arenaMiB: 3072, arenaHugepages: true });
  });

  it('names the same spec by the same hash, whatever the order of its keys', () => {
    const { name, hardware, workload } = smallest;
    expect(hashSpec({ workload, network: undefined, hardware, name })).toBe(hashSpec(smallest));
    expect(hashSpec({ ...smallest, name: 'other' })).not.toBe(hashSpec(smallest));
  });
});
