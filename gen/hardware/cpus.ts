/**
 * Instruction-set names of gcc's -march that a config may use, and what each asks of the processor.
 * Sources: the x86-64 psABI (microarchitecture levels) and gcc 12's manual, "x86 Options".
 */

/** Flags of /proc/cpuinfo that tell the levels apart; the rest of a level comes with them. */
const level2 = ['cx16', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'];
const level3 = [...level2, 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave'];
const level4 = [...level3, 'avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'];

/** -march name to the /proc/cpuinfo flags that a machine must show. */
export const marches = {
  'x86-64-v2': level2,
  'x86-64-v3': level3,
  'x86-64-v4': level4,
  native: [],
  haswell: level3,
  broadwell: [...level3, 'adx', 'rdseed'],
  skylake: [...level3, 'adx', 'rdseed', 'clflushopt'],
  'skylake-avx512': level4,
  cascadelake: [...level4, 'avx512_vnni'],
  'icelake-server': [...level4, 'avx512_vnni', 'avx512_vbmi2', 'gfni', 'vaes'],
  sapphirerapids: [...level4, 'avx512_vnni', 'gfni', 'vaes', 'amx_tile'],
  znver1: [...level3, 'adx', 'rdseed', 'clzero'],
  znver2: [...level3, 'adx', 'rdseed', 'clzero', 'clwb'],
  znver3: [...level3, 'adx', 'rdseed', 'clzero', 'clwb', 'vaes', 'pku'],
} as const satisfies Record<string, readonly string[]>;

export type March = keyof typeof marches;

export const marchNames = Object.keys(marches) as [March, ...March[]];

/** Those of the psABI: each has all that the ones before it have. */
export const levelNames = ['x86-64-v2', 'x86-64-v3', 'x86-64-v4'] as const satisfies readonly March[];

export type Level = (typeof levelNames)[number];
