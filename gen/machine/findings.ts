/** What a config needs, against what the machine has. One function for each thing; none of them changes anything. */
import { spawnSync } from 'node:child_process';
import { dpdkLink } from '../build/dpdk.ts';
import { toolEnv } from '../build/toolchain.ts';
import { marches } from '../hardware/cpus.ts';
import { nicModel } from '../hardware/nics.ts';
import { arenaUsesHugepages } from '../spec/defaults.ts';
import { kernelAtLeast } from './abilities.ts';
import { findProgram } from './find-program.ts';
import { type Examination, type Finding, fail, ok, type Patient, warn } from './finding.ts';
import { addressClashes } from './fixed-addresses.ts';
import { listeningPorts } from './listening-ports.ts';
import { nicExaminations } from './nic-findings.ts';

export type { Finding, Patient } from './finding.ts';

const node: Examination = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return good
    ? ok('node', process.version)
    : fail('node', `${process.version}, but 20.19 is needed`, 'install Node 20.19 or newer');
};

/** Compiling and linking an empty program shows whether compiler, linker, headers and static libraries are there. */
const compiler: Examination = ({ env }) => {
  const args = ['-static-pie', '-x', 'c', '-', '-o', '/dev/null'];
  const source = '#include <stdio.h>\n#include <linux/futex.h>\nint main(void) { return 0; }\n';
  const { error, status, stderr } = spawnSync('gcc', args, { env: toolEnv(env), input: source, encoding: 'utf8' });
  const mend = 'apt-get install gcc libc6-dev linux-libc-dev binutils';
  if (error) return fail('compiler', 'gcc is not installed', mend);
  if (status === 0) return ok('compiler', 'gcc compiles and links static programs');
  return fail(
    'compiler',
    stderr.split('\n').find((line) => /error|cannot/.test(line)) ?? 'gcc cannot link a program',
    mend,
  );
};

const kernel: Examination = ({ machine }) =>
  kernelAtLeast(machine.kernel, 5, 11)
    ? ok('kernel', `Linux ${machine.kernel}`)
    : fail('kernel', `Linux ${machine.kernel}, but 5.11 is needed`, 'boot Linux 5.11 or newer');

const abilities: Examination = ({ abilities: a }) => {
  const how = a.tried ? 'works' : 'should work (guessed from the kernel version: there is no compiler to try it)';
  const container = 'if this is a container, let its seccomp profile allow prctl; otherwise boot Linux 5.11 or newer';
  return [
    a.sud ? ok('Syscall User Dispatch', how) : fail('Syscall User Dispatch', 'prctl refuses it', container),
    a.fsgsbase
      ? ok('FSGSBASE', how)
      : fail(
          'FSGSBASE',
          'the kernel does not offer it',
          "boot Linux 5.9 or newer, without 'nofsgsbase', on a processor of 2012 or later",
        ),
    a.io_uring
      ? ok('io_uring', how)
      : warn(
          'io_uring',
          'denied; helper threads take its place',
          'sysctl -w kernel.io_uring_disabled=0, or let seccomp allow it',
        ),
  ];
};

const processor: Examination = ({ plan, machine }) => {
  const missing = marches[plan.march].filter((flag) => !machine.cpuFlags.includes(flag));
  if (missing.length === 0) return ok('processor', `${machine.cpuName} runs ${plan.march}`);
  return fail(
    'processor',
    `${plan.march} needs ${missing.join(', ')}`,
    "use a lower hardware.cpu.march, such as 'x86-64-v2'",
  );
};

const cores: Examination = ({ plan, machine }) =>
  plan.workers.map(({ core }) => {
    const what = `core ${core}`;
    if (machine.allowedCores.includes(core)) return ok(what, 'there, and this process may use it');
    const choice = `use some of ${machine.allowedCores.join(', ')} in hardware.cpu.cores`;
    if (machine.onlineCores.includes(core)) return fail(what, 'this process may not use it (taskset, cpuset)', choice);
    return fail(what, 'this machine has no such core', choice);
  });

const numa: Examination = ({ spec, machine }) =>
  (spec.hardware.numa ?? []).map((said) => {
    const what = `NUMA node ${said.node}`;
    const real = machine.nodes.find((n) => n.node === said.node);
    if (!real)
      return fail(what, 'this machine has no such node', `it has ${machine.nodes.map((n) => n.node).join(', ')}`);
    const wrong = said.cores.filter((core) => !real.cores.includes(core));
    if (wrong.length === 0) return ok(what, `cores ${said.cores.join(', ')}`);
    return fail(what, `core ${wrong.join(', ')} is on another node`, `its cores are ${real.cores.join(', ')}`);
  });

const hugepages: Examination = ({ spec, machine }) => {
  const wanted = spec.hardware.hugepages;
  if (!wanted || !arenaUsesHugepages(spec)) return [];
  const what = `huge pages of ${wanted.size}`;
  const pool = machine.hugepages.find((p) => p.size === wanted.size);
  const folder = wanted.size === '2MiB' ? 'hugepages-2048kB' : 'hugepages-1048576kB';
  const mend = `echo ${wanted.count} > /sys/kernel/mm/hugepages/${folder}/nr_hugepages`;
  if (pool && pool.free >= wanted.count) return ok(what, `${pool.free} free`);
  return warn(what, `${pool?.free ?? 0} free of the ${wanted.count} wanted; small pages take their place`, mend);
};

const overcommit: Examination = ({ plan, machine }) =>
  machine.strictOvercommit
    ? warn(
        'memory',
        'the kernel counts every reserved page',
        'sysctl -w vm.overcommit_memory=0, or a smaller policy.arena.sizeMiB',
      )
    : ok('memory', `${plan.runtime.arenaMiB} MiB of addresses for the arena can be reserved`);

const programs: Examination = ({ plan, env, cwd }) =>
  plan.apps.map(({ name, command, cwd: folder }) => {
    const what = `program ${name}`;
    const found = findProgram(command[0] ?? '', { env, cwd: folder ?? cwd });
    return 'problem' in found ? fail(what, found.problem, found.mend) : ok(what, found.file);
  });

const addresses: Examination = ({ plan, env, cwd }) =>
  addressClashes(plan.apps, { env, cwd }).map(({ apps, range }) =>
    fail(
      `programs ${apps.join(' and ')}`,
      `both are linked to the fixed addresses ${range}`,
      'link one of them with -pie or -static-pie, or give each a config of its own',
    ),
  );

const ports: Examination = ({ plan }) => {
  const taken = listeningPorts();
  return plan.apps.flatMap(({ name, listens }) =>
    listens
      .filter(({ port }) => port > 0 && taken.has(port))
      .map(({ port }) =>
        warn(
          `port ${port}`,
          `somebody outside listens on it already, so '${name}' may get EADDRINUSE`,
          `see who: ss -ltnp 'sport = :${port}'`,
        ),
      ),
  );
};

const dpdk: Examination = ({ plan, env }) => {
  if (plan.nics.length === 0) return [];
  const link = dpdkLink(
    plan.nics.map((nic) => nicModel(nic.model).driver),
    env,
  );
  return 'diagnostic' in link
    ? [fail('DPDK', link.diagnostic.message, link.diagnostic.hint ?? '')]
    : [ok('DPDK', 'libdpdk-dev has the drivers of all NICs')];
};

const examinations: readonly Examination[] = [
  node,
  compiler,
  kernel,
  abilities,
  processor,
  cores,
  numa,
  hugepages,
  overcommit,
  programs,
  addresses,
  ports,
  dpdk,
  ...nicExaminations,
];

export const examine = (patient: Patient): Finding[] => examinations.flatMap((examination) => examination(patient));
