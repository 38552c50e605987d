/** What each template prints: the plan in the words of C, with every field filled. */
import { type AppPlan, congestions, type Decision, type Plan } from '../plan/plan.ts';
import { cIdentifier, cString } from './c-literals.ts';
import type { View } from './templates.ts';

/** BP_CONFIG_ABI of runtime-c/main/tables.h. */
const configAbi = 2;

/** View of templates/c/bp_config.h.hbs. */
export function configView(plan: Plan): View {
  const { runtime } = plan;
  const flag = (value: boolean): number => (value ? 1 : 0);
  const why = (key: string): string => {
    const decision = plan.decisions.find((d) => d.key === key);
    if (!decision) throw new Error(`no decision about ${key}`);
    return decision.reason;
  };
  const constants: [name: string, value: number, comment: string][] = [
    ['BP_WORKERS_MAX', runtime.workersMax, `Workers: ${why('workers')}.`],
    ['BP_NUMA', flag(plan.nodes.length > 0), `Memory is bound to NUMA nodes: ${why('memory of nodes')}.`],
    ['BP_NODES', Math.max(plan.nodes.length, 1), 'NUMA nodes that workers are on.'],
    [
      'BP_PROGRAMS_GIVEN',
      flag(plan.apps.length === 0),
      'Programs are named on the command line: only where the config has none.',
    ],
    ['BP_APPS_MAX', runtime.appsMax, `Address-space slots: ${why('slots')}.`],
    ['BP_MAY_SHARE', flag(runtime.mayShare), `Locks in the arena: ${why('arena locks')}.`],
    ['BP_HAS_FORK', flag(runtime.fork), `Programs may fork: ${why('policy.fork')}.`],
    ['BP_TICK_USEC', runtime.tickMicroseconds, `Preemption tick in microseconds: ${why('policy.tickMicroseconds')}.`],
    [
      'BP_IDLE_SPIN_USEC',
      runtime.idleSpinMicroseconds,
      `Idle spin in microseconds: ${why('policy.idleSpinMicroseconds')}.`,
    ],
    ['BP_ARENA_MIB', runtime.arenaMiB, `Largest size of the arena in MiB: ${why('policy.arena.sizeMiB')}.`],
    ['BP_ARENA_HUGE', flag(runtime.arenaHugepages), `Arena on huge pages: ${why('policy.arena.hugepages')}.`],
    ['BP_STREAM_LIMIT', runtime.streamLimitBytes, `Bytes in one direction of a stream: ${why('policy.streamLimit')}.`],
    ['BP_HAS_IPV6', flag(runtime.ipv6), `IPv6 on the fast path: ${why('policy.ipv6')}.`],
    [
      'BP_TCP_CONGESTION',
      congestions.indexOf(runtime.congestion),
      `Congestion control, as net/tcp_congestion.def numbers it: ${why('policy.congestion')}.`,
    ],
    ...runtime.netTables.map(({ constant, size, reason }): [string, number, string] => [constant, size, `${reason}.`]),
    ['BP_HAS_NIC', flag(plan.nics.length > 0), 'The floors for NICs: only where hardware.nics names some.'],
  ];
  return {
    name: plan.name,
    abi: configAbi,
    constants: constants.map(([name, value, comment]) => ({ name, value, comment })),
  };
}

/** View of templates/c/bp_tables.c.hbs. */
export function tablesView(plan: Plan): View {
  return {
    name: plan.name,
    specHash: plan.specHash,
    workers: plan.workers.map(({ core, numaNode }) => ({
      core,
      node: plan.nodes.findIndex(({ node }) => node === numaNode),
    })),
    nodes: plan.nodes.map(({ node, arenaMiB }) => ({ node, arenaMiB })),
    apps: plan.apps.map(appView),
  };
}

const orNull = (text: string | undefined): string => (text === undefined ? 'NULL' : cString(text));

const restartConstants = { no: 'BP_RESTART_NO', 'on-failure': 'BP_RESTART_ON_FAILURE' } as const;

function appView(app: AppPlan): View {
  const id = cIdentifier(app.name);
  return {
    id,
    name: app.name,
    argv: app.command,
    env: app.env,
    waitFor: app.waitFor,
    cwd: orNull(app.cwd),
    logFile: orNull(app.log),
    listens: app.listens.map(({ port, path }) => ({ port, path: orNull(path) })),
    listensName: app.listens.length > 0 ? `${id}_listens` : 'NULL',
    memoryLimit: `${app.memoryLimit}ULL`,
    worker: app.worker,
    restart: restartConstants[app.restart],
    autostart: app.autostart,
  };
}

/** View of templates/build/DECISIONS.md.hbs. */
export const decisionsView = (plan: Plan): View => ({
  name: plan.name,
  decisions: plan.decisions.map(decisionView),
});

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const decisionView = ({ key, value, source, reason }: Decision): View => ({
  key,
  value: cell(Array.isArray(value) ? value.join(', ') : String(value)),
  source,
  reason: cell(reason),
});
