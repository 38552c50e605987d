/** What the compiler is told: one table for the specialised binary, the generic one and the tests. */
import type { March } from '../hardware/cpus.ts';
import { dpdkCompileFlags } from './dpdk.ts';
import type { Compiler } from './toolchain.ts';

/**
 * `handler` code runs on the programs' threads while a system call is handled: general registers only, so that it
 * leaves the program's vector state alone, and no libc. `host` code runs on the runtime's own threads; `driver` code is
 * host code that sees DPDK's headers; `stack` code is host code between the drivers and the sockets.
 */
export type CodeKind = 'handler' | 'host' | 'driver' | 'stack';

export interface Floor {
  readonly name: string;
  readonly kind: CodeKind;
  /** Built only into a runtime with NICs. */
  readonly nicsOnly: boolean;
}

/** Folders of runtime-c, lowest first. */
export const floors: readonly Floor[] = [
  { name: 'base', kind: 'handler', nicsOnly: false },
  { name: 'memory', kind: 'handler', nicsOnly: false },
  { name: 'sched', kind: 'handler', nicsOnly: false },
  { name: 'nic', kind: 'driver', nicsOnly: true },
  { name: 'net', kind: 'stack', nicsOnly: true },
  { name: 'socket', kind: 'handler', nicsOnly: false },
  { name: 'remote', kind: 'host', nicsOnly: true },
  { name: 'entry', kind: 'handler', nicsOnly: false },
  { name: 'loader', kind: 'handler', nicsOnly: false },
  { name: 'linux', kind: 'handler', nicsOnly: false },
  { name: 'main', kind: 'host', nicsOnly: false },
];

const common = [
  '-std=gnu11',
  '-O2',
  '-g',
  '-fPIE',
  '-Wall',
  '-Wextra',
  '-Werror',
  // The handler stack is entered and left without a canary, and no program's TLS may hold ours.
  '-fno-stack-protector',
  // Thunks are entered by jumps that no endbr64 announces.
  '-fcf-protection=none',
  '-ffunction-sections',
  '-fdata-sections',
  // memcpy and friends become the runtime's own, also those that the compiler makes up.
  '-include',
  'base/mem.h',
];

const byKind: Record<CodeKind, readonly string[]> = {
  handler: ['-mgeneral-regs-only'],
  host: [],
  driver: dpdkCompileFlags,
  stack: [],
};

/**
 * In a specialised binary, what a packet passes is optimised as a whole: many small functions, each called from one place.
 * The seed and the partition make it the same each time; the symbols are still there to be checked. clang's objects for
 * such an optimisation have no symbols that nm could tell: there, each file is optimised alone.
 */
const together: Record<Compiler, readonly string[]> = {
  gcc: ['-O3', '-flto', '-ffat-lto-objects', '-flto-partition=one', '-frandom-seed=bypassgen'],
  clang: ['-O3'],
};

const isOnPacketPath = (kind: CodeKind): boolean => kind === 'driver' || kind === 'stack';

/** Where the sources and a config's own header are. All paths absolute. */
export interface Places {
  readonly runtime: string;
  /** out/<name>, with the generated include/bp_config.h; undefined takes runtime-c/include, the generic configuration. */
  readonly output?: string | undefined;
  /** Whether the generic configuration has NICs; a generated one says so itself. */
  readonly withNics?: boolean | undefined;
}

/** Arguments of `gcc -c` but for the files. Debug information and __FILE__ name no folder of this machine. */
export function compileFlags(
  kind: CodeKind,
  march: March,
  { runtime, output, withNics }: Places,
  compiler: Compiler = 'gcc',
): string[] {
  return [
    ...common,
    `-march=${march}`,
    ...byKind[kind],
    ...(output && isOnPacketPath(kind) ? together[compiler] : []),
    // For #include "..." only: runtime-c/linux must not hide the kernel's <linux/...>.
    ...(output ? ['-iquote', `${output}/include`, `-ffile-prefix-map=${output}=out`] : []),
    ...(withNics && !output ? ['-DBP_GENERIC_HAS_NIC=1'] : []),
    '-iquote',
    runtime,
    '-iquote',
    `${runtime}/include`,
    `-ffile-prefix-map=${runtime}=runtime-c`,
  ];
}

/**
 * Functions that a compiler calls of its own accord, and under the C library's name in spite of base/mem.h: the objects
 * are changed afterwards to call the runtime's own.
 */
export const madeUpCalls: Record<Compiler, readonly string[]> = {
  gcc: [],
  clang: ['memcpy', 'memmove', 'memset', 'memcmp'],
};

/** Arguments of the link but for the files. */
export const linkFlags: readonly string[] = [
  '-static-pie',
  '-Wl,--gc-sections',
  '-Wl,-z,relro,-z,now',
  '-Wl,-z,noexecstack',
  '-Wl,--build-id=sha1',
];
