import type { Selection } from '../seen/select.ts';
import { type Command, exitCodes, type OptionValues, type Outcome } from './command.ts';
import { cannotLook, findRuntime, runtimeArgument, runtimeOptions } from './runtime.ts';

export const ss: Command = {
  name: 'ss',
  summary: 'show the sockets of a running binary, as ss does',
  examples: [
    ['bypassgen ss configs/tap.ts', 'connections, fused ones and those over NICs'],
    ['bypassgen ss configs/tap.ts -tai', 'TCP, listeners too, with windows, round trips and retransmissions'],
    ['bypassgen ss tap --state time-wait --sport 6379', 'by state and port'],
    ['bypassgen ss configs/tap.ts -a --json', 'everything, for a program'],
  ],
  arguments: [runtimeArgument],
  options: [
    { flags: '-t, --tcp', summary: 'TCP only' },
    { flags: '-u, --udp', summary: 'UDP only' },
    { flags: '-4, --ipv4', summary: 'IPv4 only' },
    { flags: '-6, --ipv6', summary: 'IPv6 only' },
    { flags: '-l, --listening', summary: 'listeners only' },
    { flags: '-a, --all', summary: 'sockets in every state' },
    { flags: '-i, --info', summary: 'what TCP knows of each flow over a NIC' },
    { flags: '-n, --numeric', summary: 'numbers instead of names; there are never names' },
    { flags: '-s, --summary', summary: 'how many there are in each state, and what went wrong since the start' },
    { flags: '--state <state>', summary: 'in this state, by the words of ss: established, time-wait, connected, ...' },
    { flags: '--port <ports>', summary: 'with one of these ports at either end, separated by commas' },
    { flags: '--sport <ports>', summary: 'with one of these local ports' },
    { flags: '--dport <ports>', summary: 'with one of these remote ports' },
    { flags: '--host <address>', summary: 'with this address at either end' },
    ...runtimeOptions,
  ],
  async run(invocation) {
    const selection = await selectionOf(invocation.options);
    if ('reason' in selection) {
      const { diagnose } = await import('../diagnostics/diagnostic.ts');
      return { diagnostics: [diagnose('usage', { reason: selection.reason, hint: undefined })] };
    }
    const found = await findRuntime(invocation);
    if (!('directory' in found)) return found;
    try {
      return await show(found.directory, selection, invocation.options);
    } catch (error) {
      return { diagnostics: [...found.diagnostics, await cannotLook(error)] };
    }
  },
};

async function show(directory: string, selection: Selection, options: OptionValues): Promise<Outcome> {
  const { surveySockets } = await import('../seen/sockets.ts');
  const { selects } = await import('../seen/select.ts');
  const { socketPage, summaryOf } = await import('../seen/socket-page.ts');
  const { align } = await import('../bench/table.ts');
  const { askStatus } = await import('../control/status.ts');
  const survey = await surveySockets(directory);
  const sockets = survey.sockets.filter(selects(selection));
  const left = survey.leftOut > 0 ? [`${survey.leftOut} more are left out: a survey holds 65536`] : [];
  if (options['summary'] === true) {
    const { askNetwork } = await import('../control/network.ts');
    const { troubleRows, troublesOf } = await import('../seen/tcp-trouble.ts');
    const summary = summaryOf(survey);
    const trouble = troublesOf((await askNetwork(directory)).workers);
    const rows = summary.map(({ state, tcp, udp }) => [state, `${tcp}`, `${udp}`]);
    const troubled = troubleRows(trouble);
    return {
      exit: exitCodes.ok,
      text: [
        ...align([['State', 'tcp', 'udp'], ...rows]),
        ...left,
        ...(troubled.length > 0 ? ['', ...align([['Trouble', 'count', 'since the start'], ...troubled])] : []),
      ].join('\n'),
      data: { summary, leftOut: survey.leftOut, trouble },
    };
  }
  const { programNames } = await import('../seen/programs.ts');
  const programs = programNames(await askStatus(directory), sockets);
  return {
    text: [...socketPage(sockets, programs, options['info'] === true), ...left].join('\n'),
    data: {
      leftOut: survey.leftOut,
      sockets: sockets.map((socket) => {
        const program = socket.pid === undefined ? undefined : programs.get(socket.pid);
        return { ...socket, ...(program === undefined ? {} : { program }) };
      }),
    },
  };
}

async function selectionOf(options: OptionValues): Promise<Selection | { reason: string }> {
  const { stateWords } = await import('../seen/select.ts');
  const { isIP } = await import('node:net');
  const { state, host } = options;
  if (typeof state === 'string' && !Object.hasOwn(stateWords, state))
    return { reason: `--state: ${state} is none of ${Object.keys(stateWords).join(', ')}` };
  if (typeof host === 'string' && isIP(host) === 0) return { reason: `--host: ${host} is no IP address` };
  const ports = [options['port'], options['sport'], options['dport']].map(portsOf);
  const wrong = ports.flat().find((port) => !(Number.isInteger(port) && port >= 1 && port <= 65535));
  if (wrong !== undefined) return { reason: 'ports are numbers from 1 to 65535, separated by commas' };
  const [either = [], local = [], remote = []] = ports;
  const given = (name: string) => options[name] === true;
  return {
    tcp: given('tcp'),
    udp: given('udp'),
    listening: given('listening'),
    all: given('all'),
    ipv4: given('ipv4'),
    ipv6: given('ipv6'),
    state: typeof state === 'string' ? state : undefined,
    ports: either,
    localPorts: local,
    remotePorts: remote,
    host: typeof host === 'string' ? host : undefined,
  };
}

const portsOf = (value: string | boolean | undefined): number[] =>
  typeof value === 'string' ? value.split(',').map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN)) : [];
