/** What `bypassgen top` shows: rates between two snapshots, as tables. */
import { align } from '../bench/table.ts';
import type { AppStatus, Network, RuntimeStatus } from '../control/api.ts';
import type { Row } from '../control/statistics.ts';
import { tcpTroublesOf } from '../seen/tcp-trouble.ts';
import type { Snapshot } from './region.ts';

export interface Rates {
  readonly name: string;
  readonly pid: number;
  readonly seconds: number;
  /** Per second, to a tenth, by the names of the counters. Workers that never ran are left out. */
  readonly workers: readonly { readonly index: number; readonly rates: Row }[];
  readonly apps: readonly { readonly name: string; readonly status: AppStatus; readonly rates: Row }[];
  readonly nics: readonly NicRates[];
  /** Packets dropped by the stack of each worker that serves a NIC, by reason. */
  readonly drops: readonly { readonly worker: number; readonly rates: Row }[];
  /** What TCP goes through in each of them, by the names of gen/seen/tcp-trouble.ts. */
  readonly troubles: readonly { readonly worker: number; readonly rates: Row }[];
}

export interface NicRates {
  readonly name: string;
  readonly link: boolean;
  /** Since the start. */
  readonly linkLosses: number;
  readonly drops: Row;
  readonly queues: readonly { readonly queue: number; readonly worker: number; readonly rates: Row }[];
}

/** Everything at one moment. */
export interface Moment extends Snapshot {
  readonly network: Network;
}

/** @returns rates; before and after are of one runtime. */
export function ratesBetween(status: RuntimeStatus<string>, before: Moment, after: Moment): Rates {
  const seconds = (after.at - before.at) / 1000;
  const rate = (difference: number) => Math.round((difference / seconds) * 10) / 10;
  const perSecond = (old: Row | undefined, row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rate(value - (old?.[name] ?? 0))]));
  return {
    name: status.name,
    pid: status.pid,
    seconds,
    workers: after.workers.flatMap((row, index) =>
      Object.values(row).some((value) => value > 0) ? [{ index, rates: perSecond(before.workers[index], row) }] : [],
    ),
    apps: Object.entries(status.apps).flatMap(([name, app], index) => {
      const row = after.apps[index];
      return row ? [{ name, status: app, rates: perSecond(before.apps[index], row) }] : [];
    }),
    nics: after.network.nics.map(({ name, link, linkLosses, drops, queues }, nic) => {
      const old = before.network.nics[nic];
      return {
        name,
        link,
        linkLosses,
        drops: perSecond(old?.drops, drops),
        queues: queues.map(({ queue, worker, ...counters }, i) => {
          const { queue: _, worker: __, ...earlier } = old?.queues[i] ?? { queue, worker };
          return { queue, worker, rates: perSecond(earlier, counters) };
        }),
      };
    }),
    drops: after.network.workers.map(({ worker, drops }, i) => ({
      worker,
      rates: perSecond(before.network.workers[i]?.drops, drops),
    })),
    troubles: after.network.workers.map((stack, i) => {
      const old = before.network.workers[i];
      return { worker: stack.worker, rates: perSecond(old && tcpTroublesOf(old), tcpTroublesOf(stack)) };
    }),
  };
}

/** Title and counter; a bytes column is told in bytes per second. */
const workerColumns = [
  ['switches', 'switches'],
  ['preempted', 'preemptions'],
  ['sleeps', 'sleeps'],
  ['patched', 'patchedCalls'],
  ['trapped', 'trappedCalls'],
  ['host', 'hostCalls'],
  ['connects', 'tcpConnects'],
  ['tcp B', 'tcpBytes'],
  ['unix B', 'unixBytes'],
  ['pipe B', 'pipeBytes'],
] as const;

const appColumns = [
  ['calls', 'calls'],
  ['read B', 'readBytes'],
  ['written B', 'writtenBytes'],
  ['threads', 'threadsStarted'],
  ['signals', 'signals'],
] as const;

const queueColumns = [
  ['rx', 'rxPackets'],
  ['rx B', 'rxBytes'],
  ['tx', 'txPackets'],
  ['tx B', 'txBytes'],
  ['tx full', 'txFull'],
] as const;

const units = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Three digits and a unit: 0, 17, 1.23k, 45.6M. */
export function short(value: number): string {
  const [size, unit] = units.find(([size]) => value >= size * 0.9995) ?? [1, ''];
  const scaled = value / size;
  if (unit === '') return value < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
  return `${scaled.toFixed(scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0)}${unit}`;
}

const cells = (columns: readonly (readonly [string, string])[], rates: Row): string[] =>
  columns.map(([, counter]) => short(rates[counter] ?? 0));

const stateOf = (status: AppStatus): string => {
  if (status.state !== 'stopped') return status.state;
  if ('signal' in status) return `stopped, signal ${status.signal}`;
  return 'exitStatus' in status ? `stopped, status ${status.exitStatus}` : 'stopped';
};

/** Those that are not 0, the greatest first. */
const dropWords = (rates: Row): string =>
  Object.entries(rates)
    .filter(([, rate]) => rate > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, rate]) => `${reason} ${short(rate)}`)
    .join(', ');

/** Nothing where there are no NICs. */
function networkPage({ nics, drops, troubles }: Rates): string[] {
  if (nics.length === 0) return [];
  const rows = nics.flatMap((nic) =>
    nic.queues.map(({ queue, worker, rates }) => [
      nic.name,
      `${queue}`,
      `${worker}`,
      ...cells(queueColumns, rates),
      nic.link ? 'up' : 'down',
      `${nic.linkLosses}`,
    ]),
  );
  const lost = [
    ...nics.map((nic) => [`dropped in ${nic.name}`, dropWords(nic.drops)]),
    ...drops.map(({ worker, rates }) => [`dropped by worker ${worker}`, dropWords(rates)]),
    ...troubles.map(({ worker, rates }) => [`TCP of worker ${worker}`, dropWords(rates)]),
  ].flatMap(([where, words]) => (words ? [`${where}: ${words}`] : []));
  return [
    '',
    ...align([['nic', 'queue', 'worker', ...queueColumns.map(([title]) => title), 'link', 'lost'], ...rows]),
    ...(lost.length > 0 ? ['', ...lost] : []),
  ];
}

/** The lines of one page; all figures are per second. */
export function pageOf(page: Rates): string[] {
  const { name, pid, seconds, workers, apps } = page;
  return [
    `${name} (process ${pid}), per second over ${seconds.toFixed(1)} s`,
    '',
    ...align([
      ['worker', ...workerColumns.map(([title]) => title)],
      ...workers.map(({ index, rates }) => [`${index}`, ...cells(workerColumns, rates)]),
    ]),
    '',
    ...align([
      ['program', 'pid', ...appColumns.map(([title]) => title), 'state'],
      ...apps.map((app) => [
        app.name,
        'pid' in app.status ? `${app.status.pid}` : '-',
        ...cells(appColumns, app.rates),
        stateOf(app.status),
      ]),
    ]),
    ...networkPage(page),
  ];
}
