/** docs/syscalls.md: what becomes of every system call, from the table that the runtime is compiled from. */
import fs from 'node:fs';
import type { EmittedFile } from '../emit/emitted-file.ts';

interface SystemCall {
  readonly number: number;
  /** As the manual page has it: `read(fd, buf, count)`. */
  readonly prototype: string;
  readonly kind: Kind;
  /** In Markdown. */
  readonly answer: string;
}

type Kind = 'emulated' | 'host' | 'refused';

/** For each macro of the table: the kind, the fields between a call's name and its arguments, and what they say. */
const macros: Record<
  string,
  { kind: Kind; fields: RegExp; answer: (fields: readonly string[], name: string) => string }
> = {
  BP_EMULATED: { kind: 'emulated', fields: /^\w+/, answer: () => 'emulated' },
  BP_HOST: {
    kind: 'host',
    fields: /^(FAST|SLOW), +\w+/,
    answer: ([speed]) => (speed === 'SLOW' ? 'host, by a helper thread, since it may wait' : 'host'),
  },
  BP_HOST_AT: {
    kind: 'host',
    fields: /^(\w+), \w+, \w+/,
    answer: ([as], name) => (as === name ? 'host' : `host, as \`${as}\``),
  },
  BP_REFUSED: { kind: 'refused', fields: /^(\w+), "([^"]*)"/, answer: ([error, why]) => `\`${error}\`: ${why}` },
};

const argumentList = /^, +(NO_ARGS|A\(\w+, \w+\)(, A\(\w+, \w+\))*)$/;

/** @throws when a line is not of the table's form. */
function parseLine(line: string): SystemCall {
  const [, macro = '', number, name = '', rest = ''] = /^(\w+)\s*\(\s*(\d+), (\w+),\s+(.*)\)$/.exec(line) ?? [];
  const form = macros[macro];
  const fields = form?.fields.exec(rest);
  const listed = rest.slice(fields?.[0].length);
  if (!form || !fields || !argumentList.test(listed))
    throw new Error(`not a line of the table of system calls: ${line}`);
  const args = [...listed.matchAll(/A\(\w+, (\w+)\)/g)].map(([, arg]) => arg);
  return {
    number: Number(number),
    prototype: `${name}(${args.join(', ')})`,
    kind: form.kind,
    answer: form.answer(fields.slice(1), name),
  };
}

/** The calls of a table like runtime-c/linux/syscalls.def. */
export const parseSystemCalls = (table: string): SystemCall[] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('BP_'))
    .map(parseLine);

const introduction = (calls: readonly SystemCall[]): string => {
  const count = (kind: Kind) => calls.filter((call) => call.kind === kind).length;
  return `What a program's calls become, from \`runtime-c/linux/syscalls.def\`. Of ${calls.length} calls of x86-64 Linux up to 6.18:

- ${count('emulated')} are **emulated** inside the runtime, wholly or where programs of one process must be kept apart;
- ${count('host')} go to the **host** kernel, with the program's descriptors, directories and umask in place of the process's;
- ${count('refused')} are **refused**, with an error that Linux documents: they would change the neighbours, or are not there yet.

Every other number answers \`ENOSYS\`, as in Linux; the first one that a program tries is reported.`;
};

interface SocketOption {
  readonly level: string;
  readonly name: string;
  /** In Markdown. */
  readonly answer: string;
}

/** The options of a table like runtime-c/socket/sockopt.def: what is set is read back, and given to a host's socket. */
export const parseRemembered = (table: string): SocketOption[] =>
  [...table.matchAll(/^BP_SOCKOPT_(?:BOOL|INT)\((\w+), (\w+), \w+(?:, ([^,\n]+), ([^,\n]+), (.+))?\)$/gm)].map(
    ([, level = '', name = '', , min, max]) => ({
      level,
      name,
      answer: min ? `emulated: remembered; \`EINVAL\` outside ${min} to ${max}` : 'emulated: remembered',
    }),
  );

/** The rows of the tables `acting` and `structured` of runtime-c/socket/sockopt.c; without a setter they are read only. */
export const parseActing = (source: string): SocketOption[] =>
  [...source.matchAll(/^ {4}\{(SOL_\w+|IPPROTO_\w+), (\w+), \w+, (\w+)\},$/gm)].map(
    ([, level = '', name = '', set]) => ({
      level,
      name,
      answer: set === 'NULL' ? 'emulated: read; `ENOPROTOOPT` when set' : 'emulated: acts',
    }),
  );

function socketOptions(): readonly SocketOption[] {
  const folder = new URL('../../runtime-c/socket/', import.meta.url);
  const remembered = parseRemembered(fs.readFileSync(new URL('sockopt.def', folder), 'utf8'));
  const acting = parseActing(fs.readFileSync(new URL('sockopt.c', folder), 'utf8'));
  return [...acting.filter(({ name }) => remembered.every((option) => option.name !== name)), ...remembered];
}

export function syscallsPage(): EmittedFile {
  const table = new URL('../../runtime-c/linux/syscalls.def', import.meta.url);
  const calls = parseSystemCalls(fs.readFileSync(table, 'utf8'));
  const rows = calls.map(({ number, prototype, answer }) => `| ${number} | \`${prototype}\` | ${answer} |`);
  const content = `# System calls

${introduction(calls)}

| number | call | what becomes of it |
| ---: | --- | --- |
${rows.join('\n')}

## Socket options

Of stream sockets, from the tables of \`runtime-c/socket/sockopt.def\` and \`sockopt.c\`. A socket of the host
(UDP, raw, netlink, connections to the outside without a NIC) has them all from the host. An option that is not listed goes
to the host's socket, too: one that is not connected yet becomes host-backed by setting it, so that it is obeyed; one that
is connected to a program answers \`ENOPROTOOPT\`, since nothing would obey it. An AF_UNIX socket answers \`EOPNOTSUPP\` to
the options of other levels.

What is remembered acts where there is something to act on: on connections over NICs (and on their listeners, from the SYN
on) all that tune packets, timers, windows, congestion control and what poll tells do, at once also on those that are open;
\`SO_MAX_PACING_RATE\`, \`TCP_MAXSEG\`, \`TCP_WINDOW_CLAMP\`, \`TCP_NOTSENT_LOWAT\`, \`TCP_USER_TIMEOUT\`, \`TCP_DEFER_ACCEPT\`, \`IP_TOS\`
and \`IP_TTL\` are among them. Without effect there are \`SO_PRIORITY\`, \`SO_DONTROUTE\` and \`TCP_FASTOPEN\`: no cookie is ever
granted or asked for, which peers take for a host without it.

| level | option | what becomes of it |
| --- | --- | --- |
${socketOptions()
  .map(({ level, name, answer }) => `| \`${level}\` | \`${name}\` | ${answer} |`)
  .join('\n')}
`;
  return { path: 'docs/syscalls.md', content };
}
