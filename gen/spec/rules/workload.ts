/** Rules about programs and what they say of each other. */
import { userInfo } from 'node:os';
import { diagnose } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { limits } from '../../hardware/limits.ts';
import { appsOf, arenaMiB, defaults } from '../defaults.ts';
import type { Rule } from './rule.ts';

const appPath = (app: string, ...rest: (string | number)[]) => ['workload', 'apps', app, ...rest];

const notTooMany: Rule = {
  reads: ['workload.apps'],
  *check(spec) {
    const count = appsOf(spec).length;
    if (count > limits.apps)
      yield diagnose('tooManyApps', { count, max: limits.apps }, { path: ['workload', 'apps'], at: 'key' });
  },
};

const listensDiffer: Rule = {
  reads: ['workload.apps.*.listens'],
  *check(spec) {
    const owners = new Map<number | string, string>();
    for (const [app, { listens = [] }] of appsOf(spec)) {
      for (const [i, place] of listens.entries()) {
        const by = owners.get(place);
        const what = typeof place === 'number' ? `port ${place}` : place;
        if (by !== undefined) yield diagnose('listenTaken', { what, app, by }, { path: appPath(app, 'listens', i) });
        else owners.set(place, app);
      }
    }
  },
};

const namesExist: Rule = {
  reads: ['workload.apps.*.talksTo', 'workload.apps.*.waitFor'],
  *check(spec) {
    const known = Object.keys(spec.workload.apps);
    for (const [app, appSpec] of appsOf(spec)) {
      for (const key of ['talksTo', 'waitFor'] as const) {
        for (const [i, name] of (appSpec[key] ?? []).entries()) {
          const path = appPath(app, key, i);
          if (name === app) yield diagnose('selfReference', { key, app }, { path });
          else if (!known.includes(name)) {
            yield diagnose('unknownApp', { key, name, known, suggestion: suggest(name, known) }, { path });
          }
        }
      }
    }
  },
};

const waitsEnd: Rule = {
  reads: ['workload.apps.*.waitFor', 'workload.apps.*.listens', 'workload.apps.*.autostart'],
  *check(spec) {
    for (const [app, { waitFor = [], autostart }] of appsOf(spec)) {
      for (const [i, name] of waitFor.entries()) {
        const other = spec.workload.apps[name];
        if (!other || name === app) continue;
        const path = appPath(app, 'waitFor', i);
        if (!other.listens?.length) yield diagnose('waitForSilent', { app, name }, { path });
        if (other.autostart === false && autostart !== false) yield diagnose('waitForManual', { app, name }, { path });
      }
    }
  },
};

const waitsHaveNoCycle: Rule = {
  reads: ['workload.apps.*.waitFor'],
  *check(spec) {
    const finished = new Set<string>();
    const waitFor = (app: string) => spec.workload.apps[app]?.waitFor ?? [];
    const find = (app: string, trail: readonly string[]): string[] | undefined => {
      const start = trail.indexOf(app);
      if (start >= 0) return [...trail.slice(start), app];
      if (finished.has(app)) return undefined;
      for (const next of waitFor(app)) {
        if (next === app) continue;
        const cycle = find(next, [...trail, app]);
        if (cycle) return cycle;
      }
      finished.add(app);
      return undefined;
    };
    for (const [app] of appsOf(spec)) {
      const cycle = find(app, []);
      if (!cycle) continue;
      const [first, second] = cycle as [string, string];
      yield diagnose('waitCycle', { cycle }, { path: appPath(first, 'waitFor', waitFor(first).indexOf(second)) });
      return;
    }
  },
};

const usersAreUs: Rule = {
  reads: ['workload.apps.*.user'],
  *check(spec) {
    const current = userInfo().username;
    for (const [app, { user }] of appsOf(spec)) {
      if (user === undefined || user === current) continue;
      yield diagnose('otherUser', { user, current }, { path: appPath(app, 'user') });
    }
  },
};

const arenaHoldsConnections: Rule = {
  reads: ['workload.connections', 'policy.arena', 'hardware.hugepages'],
  *check(spec) {
    const connections = spec.workload.connections ?? defaults['workload.connections'];
    const needMiB = Math.ceil((connections * limits.idleConnectionBytes) / (1 << 20));
    const params = { connections, needMiB, arenaMiB: arenaMiB(spec) };
    if (needMiB > params.arenaMiB) yield diagnose('arenaTooSmall', params, { path: ['workload', 'connections'] });
  },
};

export const workloadRules: readonly Rule[] = [
  notTooMany,
  listensDiffer,
  namesExist,
  waitsEnd,
  waitsHaveNoCycle,
  usersAreUs,
  arenaHoldsConnections,
];
