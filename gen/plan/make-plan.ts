/** From a valid Spec to a Plan: every decision is made here, with its reason. */
import { type March, marches } from '../hardware/cpus.ts';
import { limits } from '../hardware/limits.ts';
import { appsOf, arenaMiB, arenaUsesHugepages, defaults } from '../spec/defaults.ts';
import type { Spec } from '../spec/types.ts';
import { Ledger } from './ledger.ts';
import { planNetTables } from './net-tables.ts';
import { placeApps } from './placement.ts';
import { type AppPlan, deepFreeze, type ListenPlan, type Plan, type RuntimePlan, type WorkerPlan } from './plan.ts';
import { planDpdk, planNics } from './plan-nics.ts';
import { planNodes } from './plan-nodes.ts';
import { hashSpec } from './spec-hash.ts';

export function makePlan(spec: Spec): Plan {
  const ledger = new Ledger();
  const march = ledger.choose('hardware.cpu.march', spec.hardware.cpu.march, {
    value: defaults['hardware.cpu.march'],
    reason: 'runs on every x86-64 server since 2009; the runtime itself hardly gains from more',
    source: 'default',
  });
  const levels = ledger.choose<readonly March[]>('hardware.cpu.levels', spec.hardware.cpu.levels, {
    value: defaults['hardware.cpu.levels'],
    reason: 'each further binary makes the package some megabytes larger',
    source: 'default',
  });
  const cores = ledger.choose<readonly number[]>('hardware.cpu.cores', spec.hardware.cpu.cores, {
    value: defaults['hardware.cpu.cores'],
    reason: 'core 0 exists on every machine',
    source: 'default',
  });
  ledger.derive('workers', cores.length, 'one for each core; one that has nothing to do costs nothing');
  const apps = planApps(spec, cores.length, ledger);
  const workers = planWorkers(spec, cores, apps, ledger);
  const nics = planNics(spec, workers, ledger);
  return deepFreeze({
    name: spec.name,
    specHash: hashSpec(spec),
    march,
    packageMarches: [...new Set([march, ...levels])].sort((a, b) => marches[b].length - marches[a].length),
    runtime: planRuntime(spec, cores.length, ledger),
    workers,
    nodes: planNodes(spec, workers, nics, ledger),
    apps,
    nics,
    dpdk: planDpdk(spec, nics, workers, ledger),
    decisions: ledger.decisions(),
  });
}

function planRuntime(spec: Spec, workers: number, ledger: Ledger): RuntimePlan {
  const policy = spec.policy ?? {};
  const polling = ledger.choose('policy.polling', policy.polling, {
    value: defaults['policy.polling'],
    reason: 'idle costs nothing',
    source: 'default',
  });
  ledger.choose('policy.isolation', policy.isolation, {
    value: defaults['policy.isolation'],
    reason: 'this version offers nothing else',
    source: 'default',
  });
  const fork = ledger.choose('policy.fork', policy.fork, {
    value: defaults['policy.fork'],
    reason: 'unmodified programs may fork at any time',
    source: 'default',
  });
  return {
    workersMax: workers,
    appsMax: ledger.derive(
      'slots',
      appsOf(spec).length === 0 ? limits.apps : appsOf(spec).length * 2,
      appsOf(spec).length === 0
        ? 'as many programs as a config may have: which they are is said at the start'
        : 'two for each program: execve loads the next one beside the last',
    ),
    fork,
    mayShare: ledger.derive(
      'arena locks',
      workers > 1 || fork,
      workers > 1
        ? 'several workers use the arena'
        : fork
          ? 'a forked process uses the arena too'
          : 'one worker, no fork: nobody shares',
    ),
    tickMicroseconds: ledger.choose('policy.tickMicroseconds', policy.tickMicroseconds, {
      value: defaults['policy.tickMicroseconds'],
      reason: 'the time slice of a Linux kernel with 250 ticks a second',
      source: 'default',
    }),
    idleSpinMicroseconds: ledger.choose('policy.idleSpinMicroseconds', policy.idleSpinMicroseconds, {
      value: defaults['policy.idleSpinMicroseconds'],
      reason: polling === 'sleep' ? "polling is 'sleep'" : 'idle costs nothing',
      source: polling === 'sleep' ? 'derived' : 'default',
    }),
    ...planArena(spec, ledger),
    streamLimitBytes: planStreamLimit(spec, ledger),
    ipv6: ledger.choose('policy.ipv6', policy.ipv6, {
      value: defaults['policy.ipv6'],
      reason: 'programs that listen on :: take IPv4 connections there too',
      source: 'default',
    }),
    congestion: ledger.choose('policy.congestion', policy.congestion, {
      value: defaults['policy.congestion'],
      reason: "what Linux's own default is; 'bbr' is for paths that lose packets though they are not full",
      source: 'default',
    }),
    netTables: planNetTables(spec, spec.workload.connections ?? defaults['workload.connections']),
  };
}

function planArena(spec: Spec, ledger: Ledger): Pick<RuntimePlan, 'arenaMiB' | 'arenaHugepages'> {
  const hugepages = ledger.choose('policy.arena.hugepages', spec.policy?.arena?.hugepages, {
    value: arenaUsesHugepages(spec),
    reason: spec.hardware.hugepages ? 'the machine has some' : 'hardware.hugepages names none',
    source: 'derived',
  });
  const size = ledger.choose('policy.arena.sizeMiB', spec.policy?.arena?.sizeMiB, {
    value: arenaMiB(spec),
    reason: hugepages
      ? 'all huge pages that there are'
      : 'only addresses are reserved; memory is taken when it is touched',
    source: hugepages ? 'derived' : 'default',
  });
  const connections = ledger.choose('workload.connections', spec.workload.connections, {
    value: defaults['workload.connections'],
    reason: 'a guess; it is checked against the size of the arena, and limits nothing',
    source: 'default',
  });
  ledger.derive('arena holds connections', true, `${connections} of them, idle, fit into ${size} MiB`);
  return { arenaMiB: size, arenaHugepages: hugepages };
}

function planStreamLimit(spec: Spec, ledger: Ledger): number {
  const traffic = ledger.choose('workload.traffic', spec.workload.traffic, {
    value: defaults['workload.traffic'],
    reason: 'nothing is known about it',
    source: 'default',
  });
  return ledger.choose('policy.streamLimit', spec.policy?.streamLimit, {
    value: traffic === 'bulk' ? defaults['policy.streamLimit (bulk)'] : defaults['policy.streamLimit'],
    reason:
      traffic === 'bulk'
        ? 'bulk traffic: a larger window means fewer switches'
        : "above Linux's net.core.wmem_max of 212992",
    source: traffic === 'bulk' ? 'derived' : 'default',
  });
}

function planWorkers(spec: Spec, cores: readonly number[], apps: readonly AppPlan[], ledger: Ledger): WorkerPlan[] {
  return cores.map((core, index) => {
    const node = spec.hardware.numa?.find((n) => n.cores.includes(core))?.node;
    const names = apps.filter((app) => app.worker === index).map((app) => app.name);
    ledger.derive(
      `workers.${index}`,
      `core ${core}, NUMA node ${node ?? 0}`,
      names.length > 0
        ? `runs ${names.join(', ')}`
        : 'has no programs of its own; it may take ready threads from the others',
    );
    return { core, numaNode: node ?? 0, apps: names };
  });
}

function planApps(spec: Spec, workers: number, ledger: Ledger): AppPlan[] {
  const sorted = appsOf(spec).sort(([a], [b]) => (a < b ? -1 : 1));
  const indexOf = (name: string) => sorted.findIndex(([other]) => other === name);
  const placements = placeApps(
    sorted.map(([name, app]) => ({ name, talksTo: app.talksTo ?? [] })),
    workers,
  );
  return sorted.map(([name, app]) => {
    const key = (field: string) => `workload.apps.${name}.${field}`;
    const placement = placements.get(name) as { worker: number; reason: string };
    const log = ledger.choose(key('log'), app.log, {
      value: `${name}.log`,
      reason: 'each program has a log of its own, in the run directory',
      source: 'default',
    });
    return {
      name,
      command: app.command,
      env: Object.entries(app.env ?? {})
        .map(([k, v]) => `${k}=${v}`)
        .sort(),
      cwd: app.cwd,
      log: log === 'inherit' ? undefined : log,
      listens: (app.listens ?? []).map(planListen),
      worker: ledger.derive(key('worker'), placement.worker, placement.reason),
      autostart: ledger.choose(key('autostart'), app.autostart, {
        value: defaults['workload.apps.*.autostart'],
        reason: 'a program of the workload is there to run',
        source: 'default',
      }),
      restart: ledger.choose(key('restart'), app.restart, {
        value: defaults['workload.apps.*.restart'],
        reason: 'what ended stays ended until somebody has looked',
        source: 'default',
      }),
      waitFor: (app.waitFor ?? []).map(indexOf),
      memoryLimit: app.memoryLimit ?? 0,
    };
  });
}

const planListen = (place: number | string): ListenPlan =>
  typeof place === 'number' ? { port: place, path: undefined } : { port: 0, path: place.slice('unix:'.length) };
