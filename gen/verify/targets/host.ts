/**
 * This machine, with NICs that can be given to a program. The other end of each wire is an interface of this machine too,
 * cabled to the NIC: --peer names it, since nobody else can know. Needs root.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withUndo } from '../../build/undo.ts';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { nicModel } from '../../hardware/nics.ts';
import { bindNic, findNic, type Kernel, kernelOf, unbindNic, userDrivers, whyInUse } from '../../machine/binding.ts';
import { type FoundNic, readMachine } from '../../machine/machine.ts';
import { hardwareFindings } from '../../machine/nic-findings.ts';
import { Tree } from '../../machine/tree.ts';
import { dialogScript } from '../dialog/dialog.ts';
import { buildProgram } from '../dialog/programs.ts';
import type { Request, Target } from '../target.ts';
import type { Evidence } from '../verdict.ts';
import { abandonDialogs, converse } from './converse.ts';

const functions = fs.readFileSync(path.join(import.meta.dirname, 'host.sh'), 'utf8');

/** As of a guest: the machine may be one. */
const limitSeconds = ({ limit, seconds, wires }: Request): number =>
  limit ?? 150 + seconds * wires.reduce((sum, wire) => sum + wire.asks.length, 0);

const unready = (reason: string, hint: string): Diagnostic => diagnose('hostNotReady', { reason, hint });

const peersOf = ({ peer = '' }: Pick<Request, 'peer'>): string[] => peer.split(',').filter(Boolean);

/** root: '/' but for tests. */
export function refuseHost(
  { spec, plan, driver, peer }: Pick<Request, 'spec' | 'plan' | 'driver' | 'peer'>,
  kernel: Kernel,
  root: string,
): Diagnostic | undefined {
  if (plan.nics.length === 0) return diagnose('notVerifiable', { reason: 'it has no NIC' });
  const misfit = host.misfit(plan);
  if (misfit) return diagnose('notVerifiable', { reason: misfit });
  if (driver !== undefined && !(userDrivers as readonly string[]).includes(driver))
    return diagnose('notVerifiable', { reason: `--driver: there is no '${driver}', but ${userDrivers.join(', ')}` });
  return (
    wrongPeer(
      plan.nics.map(({ name }) => name),
      peersOf({ peer }),
      kernel,
    ) ?? missing(spec, plan, root)
  );
}

function wrongPeer(nics: readonly string[], peers: readonly string[], kernel: Kernel): Diagnostic | undefined {
  const hint = `cable each NIC to another card of this machine, and name them in this order: --peer ${nics.map((name) => `<other end of ${name}>`).join(',')}`;
  if (peers.length !== nics.length)
    return unready(`the other end of ${nics.length === 1 ? 'the wire is' : `${nics.length} wires is`} not named`, hint);
  for (const name of peers) {
    if (!kernel.tree.has(`sys/class/net/${name}`))
      return unready(`--peer: there is no interface '${name}'`, "'ip link' lists those there are");
    const reason = whyInUse(kernel, { interface: name } as FoundNic);
    if (reason) return unready(`--peer: '${name}' is in use: ${reason}`, 'name an interface that nobody needs');
  }
  return undefined;
}

/** A NIC that the kernel holds is no obstacle: it is bound. */
function missing(spec: Request['spec'], plan: Request['plan'], root: string): Diagnostic | undefined {
  const machine = readMachine(root);
  const absent = plan.nics.find((nic) => !machine.nics.some(({ pci }) => pci === nic.port));
  if (absent)
    return unready(
      `${absent.name}: there is no NIC at ${absent.port}`,
      "'bypassgen init --stdout' lists those there are",
    );
  const ill = hardwareFindings(spec, plan, machine).find(({ status }) => status === 'fail');
  return ill && unready(`${ill.what}: ${ill.detail}`, ill.mend ?? '');
}

export const host: Target = {
  summary: 'this machine, with a card at the other end of each wire (--peer)',
  misfit({ nics }) {
    const other = nics.find(({ model }) => nicModel(model).attach !== 'pci');
    return other && `${other.name}: a '${other.model}' is no card of this machine`;
  },
  refuse(request) {
    if (process.getuid?.() !== 0) return diagnose('notVerifiable', { reason: 'NICs of this machine need root' });
    return refuseHost(request, kernelOf(new Tree('/')), '/');
  },
  async run(request) {
    const peer = await buildProgram('peer', request.env);
    if (typeof peer !== 'string') return peer;
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-verify-'));
    const kernel = kernelOf(new Tree('/'));
    const ours: FoundNic[] = [];
    let unreturned: Diagnostic | undefined;
    const undo = () => {
      abandonDialogs();
      for (const nic of ours.splice(0)) {
        const back = unbindNic(kernel, nic);
        if ('code' in back) unreturned ??= back;
      }
      fs.rmSync(scratch, { recursive: true, force: true });
    };
    const evidence = await withUndo(undo, async (): Promise<Evidence | Diagnostic> => {
      const wrong = bindAll(request, kernel, ours);
      if (wrong) return wrong;
      const others = { scratch, inside: scratch, peer_program: peer };
      const settings = { binary: request.binary, seconds: request.seconds, connections: 8, others };
      const told = await converse({
        script: dialogScript(settings, request.wires, peersOf(request), functions),
        namespaces: [],
        limitSeconds: limitSeconds(request),
        place: `this machine, Linux ${os.release()}`,
        env: request.env,
      });
      return (await returned(peersOf(request), kernel)) ?? told;
    });
    return unreturned ?? evidence;
  },
  abandon: abandonDialogs,
};

/** Those that are with a driver for programs already stay there afterwards too. */
function bindAll({ plan, driver, talk }: Request, kernel: Kernel, ours: FoundNic[]): Diagnostic | undefined {
  for (const { port } of plan.nics) {
    const nic = findNic(kernel.tree, port);
    if ('code' in nic) return nic;
    const given = (userDrivers as readonly string[]).includes(nic.driver ?? '');
    if (nicModel(nic.model ?? 'null').driver === 'net_mlx5' || (given && driver === undefined)) continue;
    const to = userDrivers.find((known) => known === driver) ?? 'vfio-pci';
    if (!given) ours.push(nic);
    const bound = bindNic(kernel, nic, { driver: to, force: false });
    if ('code' in bound) return bound;
    talk.say(`${nic.pci}: from ${bound.before || 'no driver'} to ${bound.after}, until the end`);
  }
  return undefined;
}

/** The kernel takes the namespace apart a moment after its last process. */
async function returned(peers: readonly string[], { tree }: Kernel): Promise<Diagnostic | undefined> {
  const gone = () => peers.find((name) => !tree.has(`sys/class/net/${name}`));
  for (let turn = 0; turn < 100 && gone(); turn++) await new Promise((resolve) => setTimeout(resolve, 100));
  const name = gone();
  return name === undefined
    ? undefined
    : unready(`'${name}' did not come back from its namespace`, "'ip link' shows it");
}
