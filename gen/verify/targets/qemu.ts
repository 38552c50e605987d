/** A guest whose emulated NICs DPDK's real drivers drive. */
import fs from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';
import { dialogScript } from '../dialog/dialog.ts';
import { buildProgram } from '../dialog/programs.ts';
import { chooseAccelerator } from '../guest/accelerator.ts';
import { abandonGuests, runGuest } from '../guest/guest.ts';
import { hardwareOf, placeOf } from '../guest/hardware.ts';
import { shellJob } from '../guest/job.ts';
import { findKernel } from '../guest/kernel.ts';
import { findQemu } from '../guest/qemu.ts';
import { emulatedModel, type UserDriver, userDrivers } from '../models.ts';
import type { Request, Target } from '../target.ts';
import type { Evidence } from '../verdict.ts';

const functions = fs.readFileSync(path.join(import.meta.dirname, 'qemu.sh'), 'utf8');

/** For tests of what goes wrong in a guest: commands of its shell, run when the programs have been started. */
const hook = 'BYPASSGEN_VERIFY_HOOK';

const driverOf = ({ driver = 'vfio-pci' }: Pick<Request, 'driver'>): UserDriver => driver as UserDriver;

/** Two starts, a report and the conversations, under emulation on a machine with other work. */
const limitSeconds = ({ limit, seconds, wires }: Request): number =>
  limit ?? 150 + seconds * wires.reduce((sum, wire) => sum + wire.asks.length, 0);

/** Needs no KVM: emulation takes about five times as long. */
export const qemu: Target = {
  summary: 'a guest with emulated NICs of the models that the config names',
  misfit({ nics }) {
    const reasons = nics.map((nic) => {
      if (!emulatedModel(nic.model)) return `${nic.name}: QEMU emulates no '${nic.model}'`;
      return placeOf(nic.port) ? undefined : `${nic.name}: a guest cannot have a device at ${nic.port}`;
    });
    return reasons.find((reason) => reason !== undefined);
  },
  refuse({ plan, env, driver }) {
    const version = findQemu(env);
    if ('code' in version) return version;
    const kernel = findKernel(env);
    if ('code' in kernel) return kernel;
    if (driver !== undefined && !(userDrivers as readonly string[]).includes(driver))
      return diagnose('notVerifiable', { reason: `--driver: there is no '${driver}', but ${userDrivers.join(', ')}` });
    const refusals = plan.nics.map((nic) => {
      const row = emulatedModel(nic.model);
      if (!row) return undefined; // a misfit
      if (version.major < row.qemuSince)
        return `${nic.name}: QEMU ${version.version} has no '${nic.model}', ${row.qemuSince} has (in bookworm-backports)`;
      const excluded = row.excluded[driverOf({ driver })];
      return excluded && `${nic.name}: '${nic.model}' with ${driverOf({ driver })}: ${excluded}`;
    });
    const reason =
      qemu.misfit(plan) ??
      refusals.find((text) => text !== undefined) ??
      (plan.nics.length === 0 ? 'it has no NIC' : undefined);
    return reason === undefined ? undefined : diagnose('notVerifiable', { reason });
  },
  async run(request): Promise<Evidence | Diagnostic> {
    const { spec, plan, wires, binary, seconds, env, talk } = request;
    const found = findQemu(env);
    if ('code' in found) return found;
    const kernel = findKernel(env);
    if ('code' in kernel) return kernel;
    const peer = await buildProgram('peer', env);
    if (typeof peer !== 'string') return peer;
    const choice = await chooseAccelerator({ qemu: found, kernel, env });
    if ('code' in choice) return choice;
    const driver = driverOf(request);
    const hardware = hardwareOf(spec, plan, driver);
    const settings = { binary, seconds, connections: 8, others: { driver } };
    const script = dialogScript(
      settings,
      wires,
      hardware.peerMacs,
      env[hook] ? `${functions}\nwire() { ${env[hook]}; }` : functions,
    );
    const job = shellJob(`verify ${plan.name}`, script, {
      files: { peer: fs.readFileSync(peer) },
      ...hardware.job,
      limitSeconds: limitSeconds(request),
    });
    talk.say(`booting a guest (${choice.accelerator}${choice.reason ? `, since ${choice.reason}` : ''})`);
    const result = await runGuest({ qemu: found, kernel, accelerator: choice.accelerator, env }, job, {
      message: (message) => {
        if (message.word === 'ready') talk.say(`Linux ${message.text} is up`);
        else if (message.word === 'found' && message.name === 'nics.status')
          talk.say('the binary has brought its NICs up');
      },
    });
    if ('code' in result) return result;
    return { ...result, place: `QEMU ${found.version}, ${choice.accelerator}, Linux ${kernel.release}, ${driver}` };
  },
  abandon: abandonGuests,
};
