/** Namespaces of this machine, for devices that are one end of a socket: a second runtime is the other. Needs root. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withUndo } from '../../build/undo.ts';
import { diagnose } from '../../diagnostics/diagnostic.ts';
import type { NicModelName } from '../../hardware/nics.ts';
import { roleOf } from '../../plan/devargs.ts';
import type { Plan } from '../../plan/plan.ts';
import type { NicSpec, Spec } from '../../spec/types.ts';
import { dialogScript } from '../dialog/dialog.ts';
import { buildProgram } from '../dialog/programs.ts';
import type { Request, Target } from '../target.ts';
import type { Wire } from '../wires.ts';
import { abandonDialogs, converse } from './converse.ts';
import { refuseNamespace } from './refusal.ts';

const functions = fs.readFileSync(path.join(import.meta.dirname, 'runtime.sh'), 'utf8');

/** What is at the other end of the socket, and in the other role. */
const counterparts: Partial<Record<NicModelName, NicModelName>> = {
  memif: 'memif',
  'virtio-user': 'vhost-user',
  'vhost-user': 'virtio-user',
};

function counterpart(nic: NicSpec): NicSpec {
  const role = roleOf(nic) === 'server' ? 'client' : 'server';
  return { ...nic, model: counterparts[nic.model] ?? nic.model, role, mac: undefined };
}

/** @param cores for its workers, as many as the config has. */
export function counterpartSpec(spec: Spec, wires: readonly Wire[], cores: readonly number[]): Spec {
  const addresses = (name: string) => [...(wires.find(({ nic }) => nic === name)?.peerAddresses ?? [])];
  return {
    name: `${spec.name.slice(0, 26)}-peer`,
    hardware: {
      cpu: { ...spec.hardware.cpu, cores: [...cores] },
      nics: (spec.hardware.nics ?? []).map(counterpart),
    },
    network: Object.fromEntries((spec.hardware.nics ?? []).map(({ name }) => [name, { addresses: addresses(name) }])),
    workload: { apps: {}, connections: 1000 },
    policy: { ...spec.policy, arena: { ...spec.policy?.arena, hugepages: false } },
  };
}

const socketsOf = ({ nics }: Plan, serves: boolean): string =>
  nics.flatMap((nic) => (nic.serves === serves ? (nic.device ?? []) : [])).join(' ');

const foldersOf = ({ nics }: Plan): string[] => [
  ...new Set(nics.flatMap(({ device }) => device ?? []).map(path.dirname)),
];

const isBelow = (folder: string, file: string): boolean => !path.relative(folder, file).startsWith('..');

const limitSeconds = ({ limit, seconds, wires }: Request): number =>
  limit ?? 60 + seconds * wires.reduce((sum, wire) => sum + wire.asks.length, 0);

/** Folders of sockets are mounted over; what we need is elsewhere. */
const scratchBases = [os.tmpdir(), '/run', '/var/tmp'];

export const runtime: Target = {
  summary: 'a second runtime at the other end, for memif, virtio-user and vhost-user',
  misfit({ nics }) {
    const other = nics.find(({ model }) => !counterparts[model]);
    return other && `${other.name}: no other process can be at the other end of a '${other.model}'`;
  },
  refuse: ({ plan }) => refuseNamespace(plan, 'a mount namespace', runtime.misfit(plan)),
  counterpart: counterpartSpec,
  async run(request) {
    const { plan, binary, counterpartBinary = '', env } = request;
    const folders = foldersOf(plan);
    const covered = folders.find((folder) => [binary, counterpartBinary].some((file) => isBelow(folder, file)));
    if (covered !== undefined)
      return diagnose('notVerifiable', { reason: `the folder of its socket, ${covered}, holds the binary too` });
    const peer = await buildProgram('peer', env);
    if (typeof peer !== 'string') return peer;
    const base = scratchBases.find((candidate) => !folders.some((folder) => isBelow(folder, candidate))) ?? '/';
    const scratch = fs.mkdtempSync(path.join(base, 'bypassgen-verify-'));
    const made: string[] = [scratch];
    const undo = () => {
      abandonDialogs();
      for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
    };
    const others = {
      ...{ scratch, inside: scratch, peer_program: path.join(scratch, 'program'), peer_binary: counterpartBinary },
      ...{ ours: socketsOf(plan, true), theirs: socketsOf(plan, false) },
    };
    const settings = { binary, seconds: request.seconds, connections: 8, others };
    return withUndo(undo, () => {
      fs.copyFileSync(peer, others.peer_program);
      made.push(...folders.flatMap((folder) => fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) ?? []));
      request.talk.say('starting it and its counterpart');
      return converse({
        script: dialogScript(settings, request.wires, [], functions),
        namespaces: ['--net'],
        limitSeconds: limitSeconds(request),
        place: `this machine, Linux ${os.release()}, against a second runtime`,
        env,
      });
    });
  },
  abandon: abandonDialogs,
};
