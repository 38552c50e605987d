/**
 * Runs in a guest with a NIC that its kernel drives (host.test.ts): the commands one after the other, in one process since
 * a start takes long under emulation, and tells what they said by the guest's protocol, on descriptor 3.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { main } from '../../gen/cli.ts';

const nic = '0000:0b:00.0';
const device = `/sys/bus/pci/devices/${nic}`;
const messages = 3;

const tell = (name: string, text: string) => fs.writeSync(messages, `found ${name} ${text.replaceAll('\n', ' ')}\n`);
const shell = (script: string) => spawnSync('sh', ['-c', script], { encoding: 'utf8' });
const holder = () => shell(`basename "$(readlink ${device}/driver)"`).stdout.trim();

async function bypassgen(...args: string[]): Promise<{ status: number; output: string }> {
  const pieces: string[] = [];
  const { stdout, stderr } = process;
  const before = [stdout.write, stderr.write] as const;
  const take = (piece: string | Uint8Array) => pieces.push(String(piece)) > 0;
  stdout.write = take as typeof stdout.write;
  stderr.write = take as typeof stderr.write;
  process.exitCode = 0;
  try {
    await main(args);
  } finally {
    [stdout.write, stderr.write] = before;
  }
  const status = Number(process.exitCode);
  process.exitCode = 0;
  return { status, output: pieces.join('') };
}

async function say(name: string, ...args: string[]): Promise<string> {
  const { status, output } = await bypassgen(...args);
  tell(name, `${status} ${output.slice(0, 3000)}`);
  return output;
}

interface Finding {
  readonly what: string;
  readonly status: string;
  readonly mend?: string;
}

/** Each finding that is not well by its name, and what mends it. */
async function doctor(name: string): Promise<readonly Finding[]> {
  const { output } = await bypassgen('doctor', '/run/x.ts', '--json');
  const { findings } = JSON.parse(output) as { findings: Finding[] };
  const ill = findings.filter(({ status }) => status !== 'ok');
  for (const { what, status, mend = '' } of ill) tell(`${name}.${what.replaceAll(' ', '-')}`, `${status} ${mend}`);
  tell(`${name}.count`, String(findings.length));
  return ill;
}

const config = `import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'x',
  hardware: {
    cpu: { cores: [0] },
    hugepages: { size: '2MiB', count: 256 },
    nics: [{ name: 'net0', model: 'e1000e', pci: '${nic}' }],
  },
  network: { net0: { addresses: ['10.0.0.2/24'] } },
  workload: { apps: { a: { command: ['true'] } } },
});
`;

async function until(reached: () => boolean): Promise<undefined> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 500));
  return undefined;
}

async function binding(): Promise<void> {
  const name = fs.readdirSync(`${device}/net`)[0] ?? '';
  shell(`ip addr add 192.0.2.7/24 dev ${name}; ip link set ${name} up`);
  await say('used', 'bind', name);
  shell(`ip addr flush dev ${name}; ip link set ${name} down`);
  const staying = bypassgen('bind', name, '--until-exit');
  const refused = await Promise.race([staying, until(() => holder() === 'vfio-pci')]);
  tell('stays', refused ? refused.output : holder());
  if (!refused) process.kill(process.pid, 'SIGINT');
  const { status } = await staying;
  tell('after', `${status} ${holder()} ${fs.readFileSync(`${device}/driver_override`, 'utf8').trim()}`);
  await say('bind', 'bind', nic);
  tell('bound', holder());
}

const scenarios: Readonly<Record<string, (argument?: string) => Promise<void>>> = {
  async faults() {
    fs.writeFileSync('/run/x.ts', config);
    for (const node of [0, 1])
      fs.writeFileSync(`/sys/devices/system/node/node${node}/hugepages/hugepages-2048kB/nr_hugepages`, '0');
    const ill = await doctor('ill');
    const pages = ill.find(({ what }) => what === 'huge pages on node 0');
    tell('mended', String(shell(pages?.mend ?? 'false').status));
    await binding();
    await doctor('well');
    fs.writeFileSync('/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', '512');
    const { status, output } = await bypassgen('init', '--stdout');
    tell('init', `${status} ${gzipSync(output).toString('base64')}`);
    await say('unbind', 'unbind', nic);
    tell('unbound', holder());
    tell('left', fs.readdirSync('/run/bypassgen/bindings').join());
  },
  async bare() {
    fs.writeFileSync('/run/x.ts', config);
    await doctor('bare');
    await say('vfio', 'bind', nic);
    await say('uio', 'bind', nic, '--driver', 'uio_pci_generic');
    await doctor('uio');
  },
  /** The folder has a config that was built on the host, since a compiler takes minutes here. */
  async host(folder = '') {
    const verify = ['verify', `${folder}/x.ts`, '--out', `${folder}/out`, '--target', 'host'];
    const peer = shell('grep -l 52:54:00:00:00:00 /sys/class/net/*/address | cut -d/ -f5').stdout.trim();
    const there = () => `${holder()} ${fs.existsSync(`/sys/class/net/${peer}`) ? 'peer' : 'no peer'}`;
    await say('unnamed', ...verify);
    shell(`ip addr add 192.0.2.7/24 dev ${peer}; ip link set ${peer} up`);
    await say('used', ...verify, '--peer', peer);
    shell(`ip addr flush dev ${peer}`);
    await say('verify', ...verify, '--peer', peer);
    tell('afterwards', there());
    for (const node of [0, 1])
      fs.writeFileSync(`/sys/devices/system/node/node${node}/hugepages/hugepages-2048kB/nr_hugepages`, '0');
    await say('pages', ...verify, '--peer', peer);
    fs.writeFileSync('/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', '512');
    process.on('exit', () => {
      // The kernel takes the namespace apart a moment after its last process.
      for (let turn = 0; turn < 50 && !fs.existsSync(`/sys/class/net/${peer}`); turn++) shell('sleep 0.2');
      tell('interrupted', `${process.exitCode} ${there()}; ${shell('pgrep -c redis').stdout.trim()} servers`);
    });
    const talking = setInterval(() => {
      if (holder() !== 'vfio-pci' || fs.existsSync(`/sys/class/net/${peer}`)) return;
      clearInterval(talking);
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 5000);
    }, 200);
    await bypassgen(...verify, '--peer', peer, '--seconds', '100');
  },
};

await scenarios[process.argv[3] ?? '']?.(process.argv[4]);
process.exit(0);
