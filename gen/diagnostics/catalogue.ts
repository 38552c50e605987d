/**
 * Every diagnostic there is. Codes are for ever: one that is no longer used is not given to another.
 * BP1 the config file and its shape · BP2 what it says · BP3 output · BP4 this machine · BP5 build · BP6 run · BP9 command line
 */
import { limits } from '../hardware/limits.ts';

export type Severity = 'error' | 'warning';

interface Entry<P> {
  readonly code: `BP${number}`;
  readonly severity: Severity;
  /** Exit code of a command that ends with it: 1 user error (default), 3 environment, 4 build. */
  readonly exit?: 1 | 3 | 4;
  readonly title: string;
  /** For `bypassgen explain`: why it is so, and what to do. */
  readonly explanation: string;
  message(params: P): string;
  hint?(params: P): string | undefined;
}

const entry = <P>(e: Entry<P>): Entry<P> => e;

const list = (words: readonly (string | number)[]): string => words.map((w) => `'${w}'`).join(', ');
const didYouMean = (word: string | undefined): string | undefined => word && `did you mean '${word}'?`;
const install = (pkg: string): string => `apt-get install ${pkg}`;

export const catalogue = {
  configNotFound: entry<{ file: string }>({
    code: 'BP1001',
    severity: 'error',
    title: 'config file not found',
    explanation: 'The file named on the command line does not exist or cannot be read.',
    message: (p) => `cannot read ${p.file}`,
    hint: () => "'bypassgen init' writes a config for this machine",
  }),
  configSyntax: entry<{ reason: string }>({
    code: 'BP1002',
    severity: 'error',
    title: 'syntax error in the config',
    explanation: 'The config is a TypeScript module, and it does not parse.',
    message: (p) => p.reason,
  }),
  configThrew: entry<{ reason: string }>({
    code: 'BP1003',
    severity: 'error',
    title: 'the config threw an error',
    explanation: 'The config is a program; it ended with an exception while it was loaded or while its function ran.',
    message: (p) => `the config threw: ${p.reason}`,
  }),
  configWithoutDefault: entry<{ file: string }>({
    code: 'BP1004',
    severity: 'error',
    title: 'the config exports nothing',
    explanation:
      'A config is the default export of its file: an object, a promise of one, or a function that returns either.',
    message: (p) => `${p.file} has no default export`,
    hint: () => 'write: export default defineConfig({ ... })',
  }),
  configTypes: entry<{ reason: string }>({
    code: 'BP1005',
    severity: 'error',
    title: 'type error in the config',
    explanation:
      "TypeScript's own checker finds a mistake. Only 'bypassgen check' asks it, since that takes a second or two.",
    message: (p) => p.reason,
  }),
  unknownKey: entry<{ key: string; suggestion: string | undefined; known: readonly string[] }>({
    code: 'BP1010',
    severity: 'error',
    title: 'unknown key',
    explanation: 'A key that no version of the config has; docs/config lists those there are.',
    message: (p) => `unknown key '${p.key}'`,
    hint: (p) => didYouMean(p.suggestion) ?? `there are: ${p.known.join(', ')}`,
  }),
  missingKey: entry<{ key: string; expected: string }>({
    code: 'BP1011',
    severity: 'error',
    title: 'a required key is missing',
    explanation: 'This key has no default, since no value would be right for everybody.',
    message: (p) => `'${p.key}' is missing: ${p.expected} is required`,
  }),
  wrongType: entry<{ key: string; expected: string; got: string }>({
    code: 'BP1012',
    severity: 'error',
    title: 'wrong type',
    explanation: 'The value is of another type than the key takes.',
    message: (p) => `${p.key}: expected ${p.expected}, got ${p.got}`,
  }),
  notAChoice: entry<{
    key: string;
    value: string;
    choices: readonly (string | number)[];
    suggestion: string | undefined;
  }>({
    code: 'BP1013',
    severity: 'error',
    title: 'not one of the choices',
    explanation: 'The key takes one of a fixed set of values.',
    message: (p) => `${p.key}: ${p.value} is not one of ${list(p.choices)}`,
    hint: (p) => didYouMean(p.suggestion),
  }),
  outOfRange: entry<{ key: string; value: string; bound: string }>({
    code: 'BP1014',
    severity: 'error',
    title: 'out of range',
    explanation: 'The value is too small, too large, or not a multiple of what it has to be.',
    message: (p) => `${p.key}: ${p.value}, but it must be ${p.bound}`,
  }),
  badFormat: entry<{ key: string; value: string; expected: string }>({
    code: 'BP1015',
    severity: 'error',
    title: 'malformed value',
    explanation: 'The text does not have the form that the key takes.',
    message: (p) => `${p.key}: ${p.value} is not ${p.expected}`,
  }),

  duplicateCore: entry<{ core: number }>({
    code: 'BP2001',
    severity: 'error',
    title: 'core named twice',
    explanation: 'Each worker has a core of its own, so a core can be listed only once.',
    message: (p) => `core ${p.core} is named twice`,
  }),
  coreOnTwoNodes: entry<{ core: number; nodes: readonly number[] }>({
    code: 'BP2002',
    severity: 'error',
    title: 'core on two NUMA nodes',
    explanation: 'A core belongs to one NUMA node; /sys/devices/system/node/node*/cpulist says which.',
    message: (p) => `core ${p.core} is on node ${p.nodes[0]} and on node ${p.nodes[1]}`,
  }),
  duplicateNode: entry<{ node: number }>({
    code: 'BP2003',
    severity: 'error',
    title: 'NUMA node described twice',
    explanation: 'Each NUMA node has one entry with all its cores.',
    message: (p) => `NUMA node ${p.node} is described twice`,
  }),
  unknownNode: entry<{ node: number; nic: string }>({
    code: 'BP2004',
    severity: 'error',
    title: 'unknown NUMA node',
    explanation: 'A NIC names a NUMA node that hardware.numa does not describe.',
    message: (p) => `nic '${p.nic}' is on NUMA node ${p.node}, which hardware.numa does not describe`,
  }),
  duplicateNic: entry<{ name: string }>({
    code: 'BP2005',
    severity: 'error',
    title: 'NIC name used twice',
    explanation: 'Addresses are given to a NIC by its name, so names must differ.',
    message: (p) => `two NICs are named '${p.name}'`,
  }),
  duplicatePci: entry<{ pci: string }>({
    code: 'BP2006',
    severity: 'error',
    title: 'PCI address used twice',
    explanation: 'One PCI function is one NIC.',
    message: (p) => `two NICs have the PCI address ${p.pci}`,
  }),
  queuesOverModel: entry<{ queues: number; model: string; max: number; source: string }>({
    code: 'BP2007',
    severity: 'error',
    title: 'more queues than the model has',
    explanation: 'Each model has a largest number of queue pairs; the runtime uses one for each worker at most.',
    message: (p) => `queues: ${p.queues}, but model '${p.model}' takes at most ${p.max}`,
    hint: (p) => p.source,
  }),
  queuesOverCores: entry<{ queues: number; cores: number }>({
    code: 'BP2008',
    severity: 'warning',
    title: 'more queues than cores',
    explanation:
      'A queue is served by one worker, and a worker serves one queue of a NIC: there are no more than workers.',
    message: (p) => `queues: ${p.queues}, but only ${p.cores} core${p.cores === 1 ? '' : 's'}, and as many queues`,
  }),
  fragmentsOverPacketSocket: entry<{ queues: number }>({
    code: 'BP2017',
    severity: 'warning',
    title: 'datagrams in IPv4 fragments are lost',
    explanation:
      'With several queues the driver of af_packet has the host put IPv4 fragments together before it spreads packets; a ' +
      'datagram larger than a frame of its ring (2 KB) is then cut off, and dropped as ip_short. TCP is not concerned.',
    message: (p) => `queues: ${p.queues} over af_packet: IPv4 datagrams that come in fragments are lost`,
    hint: () => 'queues: 1, or another model, where such datagrams are expected',
  }),
  packetsOnAnyNode: entry<{ nodes: readonly number[] }>({
    code: 'BP2070',
    severity: 'warning',
    title: 'packets on any NUMA node',
    explanation:
      'Without huge pages DPDK has one pool of memory for all NUMA nodes, so packets and descriptor rings lie where the ' +
      'kernel puts them. Everything else is bound to the nodes of its workers all the same.',
    message: (p) =>
      `packets are on no particular one of the nodes ${list(p.nodes.map(String))}: there are no huge pages`,
    hint: () => 'set hardware.hugepages: Linux spreads them over the nodes',
  }),
  badDescriptors: entry<{ key: string; count: number; model: string; rule: string; source: string }>({
    code: 'BP2009',
    severity: 'error',
    title: 'ring size that the model does not take',
    explanation: 'The number of descriptors of a ring has limits that the device sets.',
    message: (p) => `${p.key}: ${p.count}, but model '${p.model}' takes ${p.rule}`,
    hint: (p) => p.source,
  }),
  pciMissing: entry<{ nic: string; model: string }>({
    code: 'BP2010',
    severity: 'error',
    title: 'PCI address missing',
    explanation: 'A piece of hardware is named by its PCI address.',
    message: (p) => `nic '${p.nic}' of model '${p.model}' needs its PCI address`,
    hint: () => "'bypassgen init --stdout' shows the PCI addresses of this machine's NICs",
  }),
  pciOnVirtual: entry<{ model: string }>({
    code: 'BP2011',
    severity: 'error',
    title: 'PCI address of a virtual device',
    explanation: 'A virtual device has no PCI address.',
    message: (p) => `model '${p.model}' is a virtual device and has no PCI address`,
  }),
  deviceMissing: entry<{ nic: string; model: string; what: string }>({
    code: 'BP2012',
    severity: 'error',
    title: 'what a virtual device attaches to is missing',
    explanation: 'AF_XDP, AF_PACKET and TAP attach to an interface, memif, virtio-user and vhost-user to a socket.',
    message: (p) => `nic '${p.nic}' of model '${p.model}' needs 'device': ${p.what}`,
  }),
  badDevice: entry<{ nic: string; model: string; device: string; what: string }>({
    code: 'BP2015',
    severity: 'error',
    title: 'a device that cannot be named so',
    explanation:
      "What a virtual device attaches to becomes an argument of DPDK's driver, so the separators of those arguments cannot be in it.",
    message: (p) => `nic '${p.nic}' of model '${p.model}' cannot have device '${p.device}': it is ${p.what}`,
  }),
  roleWithoutSocket: entry<{ nic: string; model: string }>({
    code: 'BP2016',
    severity: 'error',
    title: 'a role for a device without a socket',
    explanation: 'Only memif, virtio-user and vhost-user have two ends that differ.',
    message: (p) => `nic '${p.nic}' of model '${p.model}' has no socket, hence no role`,
  }),
  hugepagesTooFew: entry<{ arenaMiB: number; haveMiB: number }>({
    code: 'BP2013',
    severity: 'error',
    title: 'too few huge pages for the arena',
    explanation:
      'An arena on huge pages can be no larger than those that hardware.hugepages sets aside, less what the packets of NICs take.',
    message: (p) => `the arena of ${p.arenaMiB} MiB does not fit into ${p.haveMiB} MiB of huge pages`,
    hint: (p) =>
      p.haveMiB < limits.arenaMinMiB
        ? 'make hardware.hugepages.count larger'
        : `make policy.arena.sizeMiB ${p.haveMiB} or less, or hardware.hugepages.count larger`,
  }),
  hugepagesMissing: entry<Record<never, never>>({
    code: 'BP2014',
    severity: 'error',
    title: 'huge pages asked for, but not described',
    explanation: 'policy.arena.hugepages is a choice about pages that hardware.hugepages describes.',
    message: () => 'policy.arena.hugepages is true, but hardware.hugepages says nothing',
  }),

  networkOfUnknownNic: entry<{ name: string; suggestion: string | undefined }>({
    code: 'BP2101',
    severity: 'error',
    title: 'addresses of an unknown NIC',
    explanation: 'The keys of network are names of hardware.nics.',
    message: (p) => `network.${p.name}: hardware.nics has no NIC of this name`,
    hint: (p) => didYouMean(p.suggestion),
  }),
  nicWithoutNetwork: entry<{ name: string }>({
    code: 'BP2102',
    severity: 'warning',
    title: 'NIC without addresses',
    explanation: 'A NIC without an entry in network receives nothing.',
    message: (p) => `nic '${p.name}' has no addresses in network`,
  }),
  duplicateAddress: entry<{ address: string }>({
    code: 'BP2103',
    severity: 'error',
    title: 'address used twice',
    explanation: 'An address belongs to one NIC.',
    message: (p) => `the address ${p.address} is given twice`,
  }),
  gatewayOffLink: entry<{ gateway: string }>({
    code: 'BP2104',
    severity: 'error',
    title: 'gateway that is not on the link',
    explanation: 'A gateway must lie in the network of one of the addresses of the same NIC, or be link-local in IPv6.',
    message: (p) => `the gateway ${p.gateway} is in none of the networks of this NIC`,
  }),
  badAddress: entry<{ value: string; expected: string }>({
    code: 'BP2105',
    severity: 'error',
    title: 'malformed address',
    explanation: "Addresses have a prefix length ('10.0.0.2/24', 'fd00::2/64'); gateways have none.",
    message: (p) => `'${p.value}' is not ${p.expected}`,
  }),
  mtuOverModel: entry<{ mtu: number; model: string; max: number; source: string }>({
    code: 'BP2106',
    severity: 'error',
    title: 'MTU larger than the model takes',
    explanation: 'Each model has a largest frame.',
    message: (p) => `mtu: ${p.mtu}, but model '${p.model}' takes at most ${p.max}`,
    hint: (p) => p.source,
  }),
  ipv6Off: entry<{ address: string }>({
    code: 'BP2107',
    severity: 'error',
    title: 'IPv6 address without IPv6',
    explanation: 'policy.ipv6 is false, so the runtime has no IPv6 at all.',
    message: (p) => `the address ${p.address} is IPv6, but policy.ipv6 is false`,
  }),

  addressOfNoHost: entry<{ address: string; what: string }>({
    code: 'BP2108',
    severity: 'error',
    title: 'address that no host may have',
    explanation:
      "Groups, loopback, unspecified and reserved addresses are nobody's own, and in each network the first address names " +
      'the network and the last one of IPv4 everybody in it (RFC 1122, 3.2.1.3; RFC 4291, 2.6.1).',
    message: (p) => `${p.address} is ${p.what}`,
    hint: () => 'give an address of this host in its network',
  }),
  gatewayIsOwn: entry<{ gateway: string }>({
    code: 'BP2109',
    severity: 'error',
    title: 'a gateway that is this host',
    explanation: 'A gateway is another station on the link, which passes packets on.',
    message: (p) => `the gateway ${p.gateway} is an address of this NIC itself`,
    hint: () => 'name the router of this network',
  }),

  listenTaken: entry<{ what: string; app: string; by: string }>({
    code: 'BP2201',
    severity: 'error',
    title: 'two programs listen on the same address',
    explanation: 'Only one program can own a port or a socket path; the second bind would fail with EADDRINUSE.',
    message: (p) =>
      p.app === p.by
        ? `'${p.app}' lists ${p.what} twice`
        : `'${p.app}' listens on ${p.what}, which '${p.by}' has already`,
  }),
  unknownApp: entry<{ key: string; name: string; suggestion: string | undefined; known: readonly string[] }>({
    code: 'BP2202',
    severity: 'error',
    title: 'unknown program',
    explanation: 'talksTo and waitFor name programs of workload.apps.',
    message: (p) => `${p.key}: there is no program '${p.name}'`,
    hint: (p) => didYouMean(p.suggestion) ?? `there are: ${p.known.join(', ')}`,
  }),
  selfReference: entry<{ key: string; app: string }>({
    code: 'BP2203',
    severity: 'error',
    title: 'a program that names itself',
    explanation: 'A program always shares a worker with itself, and cannot wait for itself.',
    message: (p) => `${p.key}: '${p.app}' names itself`,
  }),
  waitCycle: entry<{ cycle: readonly string[] }>({
    code: 'BP2204',
    severity: 'error',
    title: 'programs that wait for each other',
    explanation: 'None of them would ever start.',
    message: (p) => `waitFor goes in a circle: ${p.cycle.join(' → ')}`,
  }),
  waitForSilent: entry<{ app: string; name: string }>({
    code: 'BP2205',
    severity: 'error',
    title: 'waiting for a program that listens on nothing',
    explanation:
      'waitFor means "until it listens on everything in its listens"; a program without listens is never ready.',
    message: (p) => `'${p.app}' waits for '${p.name}', which has no 'listens'`,
  }),
  waitForManual: entry<{ app: string; name: string }>({
    code: 'BP2206',
    severity: 'warning',
    title: 'waiting for a program that does not start by itself',
    explanation: 'The program that waits starts only after somebody has started the other one.',
    message: (p) => `'${p.app}' starts with the runtime but waits for '${p.name}', which has autostart: false`,
  }),
  otherUser: entry<{ user: string; current: string }>({
    code: 'BP2207',
    severity: 'error',
    title: 'a program as another user',
    explanation:
      'This version runs every program as the user who starts the runtime. Programs of several users are planned.',
    message: (p) =>
      `user: '${p.user}', but this version runs programs only as the user who starts the runtime ('${p.current}')`,
  }),
  tooManyApps: entry<{ count: number; max: number }>({
    code: 'BP2208',
    severity: 'error',
    title: 'too many programs',
    explanation: 'Each program has an address-space slot, and there are so many.',
    message: (p) => `${p.count} programs, but a runtime holds at most ${p.max}`,
  }),
  arenaTooSmall: entry<{ connections: number; needMiB: number; arenaMiB: number }>({
    code: 'BP2209',
    severity: 'error',
    title: 'arena too small for the connections',
    explanation: 'Open connections take memory in the arena even when they are idle.',
    message: (p) =>
      `${p.connections} connections take ${p.needMiB} MiB while idle, but the arena has ${p.arenaMiB} MiB in all`,
  }),

  nativeWithLevels: entry<Record<string, never>>({
    code: 'BP2150',
    severity: 'error',
    title: "levels beside 'native'",
    explanation:
      "A package picks the binary that asks most of the processor, of those that it has. What 'native' asks is known only " +
      'to the compiler, so it cannot be one of several.',
    message: () => "hardware.cpu.levels cannot be had with hardware.cpu.march 'native'",
    hint: () => "name the level that the processor has: 'bypassgen init' writes it",
  }),
  notYet: entry<{ key: string; value: string; offered: readonly string[] }>({
    code: 'BP2301',
    severity: 'error',
    title: 'not in this version',
    explanation:
      'The config can say it, but the runtime of this version cannot do it; it is refused rather than ignored.',
    message: (p) => `${p.key}: '${p.value}' is not in this version yet`,
    hint: (p) => `this version offers ${list(p.offered)}`,
  }),
  spinWithoutSpinning: entry<{ micros: number }>({
    code: 'BP2302',
    severity: 'error',
    title: 'spin time of a worker that never spins',
    explanation: "With polling: 'sleep' a worker sleeps as soon as it has nothing to do.",
    message: (p) => `idleSpinMicroseconds: ${p.micros}, but polling is 'sleep'`,
    hint: () => "use polling: 'adaptive'",
  }),

  handEdited: entry<{ file: string }>({
    code: 'BP3001',
    severity: 'error',
    title: 'a generated file was edited by hand',
    explanation:
      'What is edited would be lost. Change the config or the templates instead, or give the edit up with --force.',
    message: (p) => `${p.file} was edited by hand since it was generated`,
    hint: () => 'keep your copy elsewhere, then use --force to overwrite it',
  }),
  foreignFile: entry<{ file: string }>({
    code: 'BP3002',
    severity: 'error',
    title: 'a file is in the way',
    explanation: 'A file that this generator did not write stands where it has to write one.',
    message: (p) => `${p.file} exists and was not written by bypassgen`,
    hint: () => 'move it away, or use --force to overwrite it',
  }),
  writeFailed: entry<{ file: string; reason: string }>({
    code: 'BP3003',
    severity: 'error',
    exit: 3,
    title: 'output could not be written',
    explanation: 'The file system refused. What was there before is still there, and the next build goes on from it.',
    message: (p) => `cannot write ${p.file}: ${p.reason}`,
    hint: () => 'nothing is half written; build again once there is room and permission',
  }),
  manifestUnreadable: entry<{ file: string; reason: string }>({
    code: 'BP3004',
    severity: 'error',
    title: 'unreadable manifest',
    explanation: 'Without its manifest, bypassgen cannot tell its own files from yours.',
    message: (p) => `${p.file} cannot be understood: ${p.reason}`,
    hint: () => 'use --force to overwrite what is there',
  }),

  toolMissing: entry<{ tool: string; pkg: string }>({
    code: 'BP4001',
    severity: 'error',
    exit: 3,
    title: 'a tool is missing',
    explanation: 'The build uses the system compiler and its binutils.',
    message: (p) => `${p.tool} is not installed`,
    hint: (p) => install(p.pkg),
  }),
  headerMissing: entry<{ header: string; pkg: string }>({
    code: 'BP4002',
    severity: 'error',
    exit: 3,
    title: 'a system header is missing',
    explanation: 'The runtime is compiled against the headers of the C library and of the kernel.',
    message: (p) => `the header <${p.header}> is not installed`,
    hint: (p) => install(p.pkg),
  }),
  libraryMissing: entry<{ library: string; pkg: string }>({
    code: 'BP4003',
    severity: 'error',
    exit: 3,
    title: 'a system library is missing',
    explanation: 'The binary is static, so it needs the static form of each library.',
    message: (p) => `the static library ${p.library} is not installed`,
    hint: (p) => install(p.pkg),
  }),
  marchUnknown: entry<{ march: string }>({
    code: 'BP4004',
    severity: 'error',
    exit: 3,
    title: 'the compiler does not know the processor',
    explanation: 'hardware.cpu.march names a processor that is newer than the installed compiler.',
    message: (p) => `the installed gcc does not know -march=${p.march}`,
    hint: () => "use 'x86-64-v3' or 'x86-64-v4', or a newer gcc",
  }),
  diskFull: entry<{ what: string }>({
    code: 'BP4005',
    severity: 'error',
    exit: 3,
    title: 'no space left',
    explanation: 'A tool of the build ran out of disk space. The next build goes on from where this one ended.',
    message: (p) => `no space left on the disk while ${p.what}`,
    hint: () => 'make room, then build again',
  }),
  addressesClash: entry<{ apps: readonly [string, string]; range: string }>({
    code: 'BP4006',
    severity: 'error',
    title: 'two programs are linked to the same addresses',
    explanation:
      'Programs of one config share a process. A program that is not position-independent (ET_EXEC: linked with ' +
      '-no-pie, or with -static and not -static-pie) can only be at the addresses that it was linked to, and two ' +
      'of them cannot be at the same ones.',
    message: (p) => `${list(p.apps)} are both linked to the fixed addresses ${p.range}`,
    hint: () =>
      'link one of them with -pie or -static-pie, or with other addresses (-Wl,-Ttext-segment=ADDRESS), ' +
      'or give each a config of its own',
  }),
  kernelMissing: entry<{ boot: string }>({
    code: 'BP4007',
    severity: 'error',
    exit: 3,
    title: 'no kernel for a guest',
    explanation:
      'verify --target qemu boots a guest, with a kernel of a package and its modules. It need not be the kernel that ' +
      'runs on this machine.',
    message: (p) => `${p.boot} has no kernel whose modules are installed`,
    hint: () => install('linux-image-amd64'),
  }),
  kernelUnusable: entry<{ file: string; reason: string }>({
    code: 'BP4008',
    severity: 'error',
    exit: 3,
    title: 'a kernel that a guest cannot boot',
    explanation: 'The kernel for a guest, or one of its modules, is there but cannot be read or unpacked.',
    message: (p) => `${p.file} is of no use: ${p.reason}`,
    hint: () => 'apt-get install --reinstall linux-image-amd64',
  }),
  guestNeedsRoom: entry<{ directory: string; variable: string }>({
    code: 'BP4070',
    severity: 'error',
    exit: 3,
    title: 'no space for a guest',
    explanation:
      "A guest's first file system is written to the folder for temporary files, the kernel that it boots to the user's " +
      'cache: some tens of MiB each.',
    message: (p) => `no space left in ${p.directory} for what a guest is made of`,
    hint: (p) => `make room (du -xsh ${p.directory}/* | sort -h), or set ${p.variable} to a folder on another disk`,
  }),
  moduleMissing: entry<{ release: string; module: string }>({
    code: 'BP4009',
    severity: 'error',
    exit: 3,
    title: 'a kernel without a module that a guest needs',
    explanation: 'Kernels made for clouds, and hand-made ones, leave drivers out.',
    message: (p) => `the kernel ${p.release} has no module ${p.module}`,
    hint: () => install('linux-image-amd64'),
  }),

  compileFailed: entry<{ unit: string }>({
    code: 'BP5001',
    severity: 'error',
    exit: 4,
    title: 'the compiler refused a source file',
    explanation: 'The C sources of the runtime, or the tables generated for it, did not compile.',
    message: (p) => `${p.unit} does not compile`,
  }),
  linkFailed: entry<{ binary: string }>({
    code: 'BP5002',
    severity: 'error',
    exit: 4,
    title: 'the linker failed',
    explanation: 'The objects compiled, but do not make a binary.',
    message: (p) => `${p.binary} does not link`,
  }),
  libcInHandler: entry<{ object: string; symbol: string }>({
    code: 'BP5003',
    severity: 'error',
    exit: 4,
    title: 'handler code that calls libc',
    explanation:
      "Code that handles system calls runs on the programs' threads: it may use general registers only and no libc function, " +
      'so every symbol it needs must be defined by the runtime itself.',
    message: (p) => `${p.object} is handler code but needs '${p.symbol}', which the runtime does not define`,
    hint: () => 'use what runtime-c/base offers, or move the code to runtime-c/main',
  }),

  noSuchProgram: entry<{ option: string; name: string; suggestion: string | undefined; known: readonly string[] }>({
    code: 'BP6001',
    severity: 'error',
    title: 'no such program',
    explanation: '--only, --until and --trace take names of workload.apps.',
    message: (p) => `${p.option}: there is no program '${p.name}'`,
    hint: (p) => didYouMean(p.suggestion) ?? `there are: ${p.known.join(', ')}`,
  }),
  programsTwice: entry<{ name: string; known: readonly string[]; given: string }>({
    code: 'BP6010',
    severity: 'error',
    title: 'programs are named twice',
    explanation: 'A config with programs runs those; one without (`apps: {}`) runs those of the command line.',
    message: (p) => `'${p.given}': the programs of '${p.name}' are in its config (${p.known.join(', ')})`,
    hint: () => 'leave them out here, or say `apps: {}` in the config',
  }),
  programsMissing: entry<{ name: string }>({
    code: 'BP6011',
    severity: 'error',
    title: 'no program is named',
    explanation: 'A config without programs (`apps: {}`) runs those of the command line.',
    message: (p) => `the config '${p.name}' has no programs, and none is named here`,
    hint: () => 'name them behind the config: -- redis-server --port 6379 -- redis-cli ping',
  }),
  cannotStart: entry<{ binary: string; reason: string }>({
    code: 'BP6002',
    severity: 'error',
    exit: 3,
    title: 'the binary cannot be started',
    explanation: 'The binary was built, but the kernel refuses to execute it.',
    message: (p) => `cannot start ${p.binary}: ${p.reason}`,
  }),

  noSuchPair: entry<{ id: string; suggestion: string | undefined; known: readonly string[] }>({
    code: 'BP6003',
    severity: 'error',
    title: 'no such benchmark pair',
    explanation: '--only of bench takes the ids of pairs, separated by commas.',
    message: (p) => `--only: there is no pair '${p.id}'`,
    hint: (p) => didYouMean(p.suggestion) ?? `there are: ${p.known.join(', ')}`,
  }),
  benchCoresMissing: entry<{ needed: number; allowed: readonly number[]; pairs: readonly string[] }>({
    code: 'BP6004',
    severity: 'error',
    exit: 3,
    title: 'too few cores for a benchmark pair',
    explanation:
      'A pair runs on as many cores as it says, those of hardware.cpu.cores first; this process may not use so many.',
    message: (p) => `${p.pairs.join(', ')}: needs ${p.needed} cores, but this process may use ${p.allowed.length}`,
    hint: () => 'leave these pairs out with --only, or let the process use more cores (taskset, cgroup)',
  }),
  benchFailed: entry<{ id: string; reason: string }>({
    code: 'BP6005',
    severity: 'error',
    exit: 4,
    title: 'a benchmark run failed',
    explanation:
      'A program of the pair ended badly, did not end in time, or printed no figure, on Linux or under the runtime. ' +
      'The pair has no result; the others have.',
    message: (p) => `${p.id}: ${p.reason}`,
  }),
  benchNeedsRoot: entry<{ pairs: readonly string[] }>({
    code: 'BP6007',
    severity: 'error',
    exit: 3,
    title: 'a benchmark pair needs root',
    explanation: 'Pairs of two hosts run in network namespaces of their own, which only root may make.',
    message: (p) => `${p.pairs.join(', ')}: only root may make network namespaces`,
    hint: () => 'run bench as root, or leave these pairs out',
  }),
  benchLeftOut: entry<{ pairs: readonly string[] }>({
    code: 'BP6008',
    severity: 'warning',
    title: 'benchmark pairs were left out',
    explanation:
      'Without --only, all pairs are measured but those of two hosts where network namespaces cannot be made.',
    message: (p) => `not measured, for only root may make network namespaces: ${p.pairs.join(', ')}`,
    hint: () => 'run bench as root',
  }),
  cannotWatch: entry<{ reason: string }>({
    code: 'BP6006',
    severity: 'error',
    title: 'a running binary cannot be watched',
    explanation:
      'The command asks the binary through its control socket and reads its statistics through /proc: it has to run, ' +
      'as the same user, and be of the same version.',
    message: (p) => p.reason,
    hint: () => "'bypassgen run' starts it; with another --run-dir, name that here too",
  }),
  notVerifiable: entry<{ reason: string }>({
    code: 'BP6009',
    severity: 'error',
    exit: 3,
    title: 'a config cannot be verified there',
    explanation:
      'A target of verify has NICs of some models only: qemu those that QEMU emulates and DPDK drives, netns those that ' +
      'Linux itself is the other end of.',
    message: (p) => p.reason,
    hint: () => "another --target may do: 'bypassgen help verify' lists them",
  }),
  noSuchNic: entry<{ name: string; list: string }>({
    code: 'BP6080',
    severity: 'error',
    exit: 3,
    title: 'this machine has no such NIC',
    explanation: 'bind and unbind take the PCI address of a network card, or the name of its Linux interface.',
    message: (p) => `there is no NIC '${p.name}' on the PCI bus`,
    hint: (p) => (p.list ? `there are: ${p.list}` : 'there is none at all'),
  }),
  nicInUse: entry<{ nic: string; interface: string; reason: string }>({
    code: 'BP6081',
    severity: 'error',
    exit: 3,
    title: 'Linux uses the NIC',
    explanation:
      'A NIC that a program gets goes away from Linux, with its interface and addresses: who is logged in over it is cut off.',
    message: (p) => `${p.nic} is ${p.interface}, and ${p.reason}`,
    hint: () => 'take another NIC, or say --force',
  }),
  bindFailed: entry<{ nic: string; reason: string; hint: string }>({
    code: 'BP6082',
    severity: 'error',
    exit: 3,
    title: 'a NIC cannot be given to another driver',
    explanation:
      'bind hands a NIC to vfio-pci or uio_pci_generic, unbind gives it back to what held it before, by driver_override, ' +
      'unbind and drivers_probe of sysfs.',
    message: (p) => `${p.nic}: ${p.reason}`,
    hint: (p) => p.hint,
  }),
  hostNotReady: entry<{ reason: string; hint: string }>({
    code: 'BP6083',
    severity: 'error',
    exit: 3,
    title: 'this machine is not ready to verify a config',
    explanation:
      'verify --target host needs the NICs of the config, huge pages for their packets, and of each the interface that is ' +
      'at the other end of its cable.',
    message: (p) => p.reason,
    hint: (p) => p.hint,
  }),

  usage: entry<{ reason: string; hint: string | undefined }>({
    code: 'BP9001',
    severity: 'error',
    title: 'wrong command line',
    explanation: "The command line is not understood; 'bypassgen help <command>' shows what a command takes.",
    message: (p) => p.reason,
    hint: (p) => p.hint,
  }),
  unknownTopic: entry<{ topic: string; suggestion: string | undefined }>({
    code: 'BP9002',
    severity: 'error',
    title: 'nothing of this name to explain',
    explanation: 'explain takes the code of a diagnostic (BP2007) or a key of the config (policy.polling).',
    message: (p) => `'${p.topic}' is neither the code of a diagnostic nor a key of the config`,
    hint: (p) => didYouMean(p.suggestion) ?? 'docs/diagnostics.md lists the codes, docs/config/ the keys',
  }),
  fileExists: entry<{ file: string }>({
    code: 'BP9003',
    severity: 'error',
    title: 'the file exists already',
    explanation: 'init writes a new file only.',
    message: (p) => `${p.file} exists already`,
    hint: () => 'name another file, or use --force to overwrite it',
  }),
} as const;

export type Catalogue = typeof catalogue;
export type DiagnosticName = keyof Catalogue;
export type ParamsOf<N extends DiagnosticName> = Catalogue[N] extends Entry<infer P> ? P : never;
