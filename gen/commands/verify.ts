import path from 'node:path';
import { realDisk, refusal } from '../build/disk.ts';
import { type Diagnostic, diagnose, isError } from '../diagnostics/diagnostic.ts';
import type { Request, Target } from '../verify/target.ts';
import type { Verdict } from '../verify/verdict.ts';
import {
  type Command,
  configArgument,
  exitCodes,
  type Invocation,
  type OptionValues,
  type Outcome,
  outOption,
} from './command.ts';
import { buildOptions, buildProject, knownOrRefused, openProject, type Project } from './project.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'run the binary on the NICs of its config against a peer, and write a report',
  examples: [
    ['bypassgen verify configs/vmxnet3.ts', 'boots a guest with an emulated NIC of the model'],
    ['bypassgen verify configs/vmxnet3.ts --driver uio_pci_generic', 'without an IOMMU'],
    ['bypassgen verify configs/tap.ts', 'in a network namespace of this machine'],
    ['bypassgen verify configs/memif.ts', 'against a second runtime'],
    ['bypassgen verify configs/e1000.ts --long', 'with 30 s of traffic'],
    ['bypassgen verify configs/machine.ts --target host --peer ens2', 'on this machine, over a cable to ens2'],
  ],
  arguments: [configArgument],
  options: [
    { flags: '--target <name>', summary: 'where: netns, runtime, qemu (default: what can have the NICs) or host' },
    { flags: '--driver <name>', summary: 'how the guest hands out the NIC: vfio-pci (default) or uio_pci_generic' },
    {
      flags: '--peer <interfaces>',
      summary: 'of target host: what is at the other end of each NIC, with commas between',
    },
    { flags: '--seconds <n>', summary: 'how long each conversation goes on (default: once through the values)' },
    { flags: '--long', summary: 'the same as --seconds 30' },
    {
      flags: '--limit <n>',
      summary: 'end what runs there after so many seconds (default: 60 to 150, and the traffic)',
    },
    ...buildOptions,
    { flags: '--force', summary: 'overwrite files that were edited by hand' },
    outOption,
  ],
  async run(invocation) {
    const { defaultTarget, targetNames, targets } = await import('../verify/target.ts');
    const { wiresOf } = await import('../verify/wires.ts');
    const { target: given, driver, peer, long, limit, seconds = long ? '30' : '0' } = invocation.options;
    const misused = checkOptions(given, { seconds, limit: limit ?? '1' }, targetNames);
    if (misused) return { diagnostics: [misused] };
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const { spec, plan } = project;
    const { env, talk } = invocation;
    const asked = {
      ...{ spec, plan, wires: wiresOf(spec, plan), seconds: Number(seconds), env, talk },
      limit: limit === undefined ? undefined : Number(limit),
      driver: typeof driver === 'string' ? driver : undefined,
      peer: typeof peer === 'string' ? peer : undefined,
    };
    const name = given === undefined ? defaultTarget(plan) : String(given);
    const target: Target = targets[name as keyof typeof targets];
    const refused = target.refuse(asked);
    if (refused) return { diagnostics: [...project.diagnostics, refused] };
    const built = await buildProject(project, 'specialised', invocation);
    if (!built.binary || built.diagnostics.some(isError)) return { diagnostics: built.diagnostics };
    const counterpart = await buildCounterpart(target, asked, project, invocation);
    if (Array.isArray(counterpart)) return { diagnostics: counterpart };
    const request: Request = { ...asked, ...counterpart, binary: path.resolve(invocation.cwd, built.binary) };
    return finish(name, target, request, project, invocation);
  },
};

function checkOptions(
  target: OptionValues[string],
  numbers: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Diagnostic | undefined {
  const unknown = knownOrRefused('target', target === undefined ? [] : [String(target)], known);
  const none = Object.entries(numbers).find(([, text]) => !/^\d{1,5}$/.test(String(text)));
  if (unknown || !none) return unknown;
  const [name, text] = none;
  return diagnose('usage', { reason: `--${name}: '${text}' is not a number from 0 to 99999`, hint: undefined });
}

/** On other cores than the config's, where there are such: both poll. */
async function buildCounterpart(
  target: Target,
  { spec, plan, wires }: Pick<Request, 'spec' | 'plan' | 'wires'>,
  project: Project,
  invocation: Invocation,
): Promise<Pick<Request, 'counterpartBinary'> | Diagnostic[]> {
  if (!target.counterpart) return {};
  const { readMachine } = await import('../machine/machine.ts');
  const { makePlan } = await import('../plan/make-plan.ts');
  const own = plan.workers.map(({ core }) => core);
  const others = readMachine().allowedCores.filter((core) => !own.includes(core));
  const counterpart = target.counterpart(spec, wires, [...others, ...own].slice(0, own.length));
  const directory = path.join(path.dirname(project.directory), counterpart.name);
  const side: Project = { ...project, spec: counterpart, plan: makePlan(counterpart), directory };
  const { binary, diagnostics } = await buildProject(side, 'specialised', invocation);
  if (!binary || diagnostics.some(isError)) return [...diagnostics];
  return { counterpartBinary: path.resolve(invocation.cwd, binary) };
}

async function finish(
  name: string,
  target: Target,
  request: Request,
  project: Project,
  { cwd, colours, talk }: Invocation,
): Promise<Outcome> {
  const { rowsOf } = await import('../verify/rows.ts');
  const { statusOf } = await import('../verify/verdict.ts');
  const { verifyJson } = await import('../verify/report/json.ts');
  const { verifyTable } = await import('../verify/report/table.ts');
  const evidence = await target.run(request);
  if ('code' in evidence) return { diagnostics: [...project.diagnostics, evidence] };
  const rows = rowsOf(request.plan, request.wires, evidence);
  const status = statusOf(rows);
  const { place, seconds } = evidence;
  const verdict: Verdict = {
    ...{ name: request.plan.name, config: project.config, target: name, place, status, seconds, rows },
    console: status === 'passed' ? [] : evidence.console,
  };
  const folder = path.join(project.directory, 'verify');
  const unwritten = await writeReports(folder, verdict);
  if (!unwritten) talk.say(`wrote ${path.relative(cwd, folder)}/verify.json, junit.xml and verify.html`);
  return {
    diagnostics: [...project.diagnostics, ...(unwritten ? [unwritten] : [])],
    exit: unwritten ? exitCodes.environment : status === 'failed' ? exitCodes.buildFailed : exitCodes.ok,
    text: verifyTable(verdict, colours),
    data: { verdict: verifyJson(verdict) },
  };
}

async function writeReports(folder: string, verdict: Verdict): Promise<Diagnostic | undefined> {
  const { verifyJson } = await import('../verify/report/json.ts');
  const { verifyJunit } = await import('../verify/report/junit.ts');
  const { verifyPage } = await import('../verify/report/page.ts');
  const files = {
    'verify.json': `${JSON.stringify(verifyJson(verdict), null, 2)}\n`,
    'junit.xml': verifyJunit(verdict),
    'verify.html': verifyPage(verdict),
  };
  try {
    for (const [file, content] of Object.entries(files)) realDisk.write(path.join(folder, file), content);
    return undefined;
  } catch (error) {
    return refusal(error, folder);
  }
}
