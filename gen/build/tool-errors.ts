/** What gcc and the linker say when the machine lacks something, and the package that brings it. */
import { type Diagnostic, diagnose } from '../diagnostics/diagnostic.ts';

interface Complaint {
  readonly pattern: RegExp;
  make(match: RegExpExecArray): Diagnostic | undefined;
}

/** System headers by their beginning, most particular first. */
const headerPackages: readonly [RegExp, string][] = [
  [/^(linux|asm|asm-generic)\//, 'linux-libc-dev'],
  [/^rte_/, 'libdpdk-dev'],
  [/^(sys|bits|gnu|arpa|net|netinet|netpacket)\/|^[a-z0-9_]+\.h$/, 'libc6-dev'],
];

/** Static libraries by their names. What DPDK's drivers need is in packages that libdpdk-dev depends on. */
const libraryPackages: readonly [RegExp, string][] = [
  [/gcc|crtbegin/, 'libgcc-12-dev'],
  [/^-l:/, 'libdpdk-dev'],
];

const toolPackages: Record<string, string> = { as: 'binutils', ld: 'binutils', cc1plus: 'g++' };

const complaints: readonly Complaint[] = [
  { pattern: /No space left on device/, make: () => diagnose('diskFull', { what: 'compiling' }) },
  {
    pattern: /bad value \(['‘"](.+?)['’"]\) for ['‘"]-march=/,
    make: ([, march = '']) => diagnose('marchUnknown', { march }),
  },
  {
    pattern: /cannot execute ['‘"](as|ld|collect2|cc1|cc1plus)['’"]|['‘"](as|ld)['’"]: No such file/,
    make: ([, a, b]) => {
      const tool = a ?? b ?? 'as';
      return diagnose('toolMissing', { tool, pkg: toolPackages[tool] ?? 'gcc' });
    },
  },
  {
    // gcc shows the line: only what is included in angle brackets comes from a package.
    pattern: /fatal error: (\S+): No such file or directory\s+\d+ \|\s*#\s*include\s*</,
    make: ([, header = '']) => {
      const pkg = headerPackages.find(([start]) => start.test(header))?.[1];
      return pkg ? diagnose('headerMissing', { header, pkg }) : undefined;
    },
  },
  {
    pattern: /cannot find (-l\S+|[Sr]?crt[1in]\.o|crtbegin\w*\.o)/,
    make: ([, library = '']) => {
      const pkg = libraryPackages.find(([name]) => name.test(library))?.[1] ?? 'libc6-dev';
      return diagnose('libraryMissing', { library: library.replace(/^-l:/, ''), pkg });
    },
  },
];

/** The diagnostic of a failure that lies in the machine; undefined when it lies in the source. */
export function environmentFailure(stderr: string): Diagnostic | undefined {
  for (const { pattern, make } of complaints) {
    const match = pattern.exec(stderr);
    const diagnostic = match && make(match);
    if (diagnostic) return diagnostic;
  }
  return undefined;
}
