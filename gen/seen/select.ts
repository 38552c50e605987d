/** Which sockets `bypassgen ss` shows: the options of ss, and its named states. */
import type { SocketRow, State } from './sockets.ts';

const established: readonly State[] = ['ESTAB'];
const all: readonly State[] = [
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
];
const without = (...left: State[]): State[] => all.filter((state) => !left.includes(state));

/** The words that `ss state` takes (ss(8)). */
export const stateWords: Readonly<Record<string, readonly State[]>> = {
  established,
  'syn-sent': ['SYN-SENT'],
  'syn-recv': ['SYN-RECV'],
  'fin-wait-1': ['FIN-WAIT-1'],
  'fin-wait-2': ['FIN-WAIT-2'],
  'time-wait': ['TIME-WAIT'],
  closed: ['UNCONN'],
  'close-wait': ['CLOSE-WAIT'],
  'last-ack': ['LAST-ACK'],
  listening: ['LISTEN'],
  closing: ['CLOSING'],
  all,
  connected: without('LISTEN', 'UNCONN'),
  synchronized: without('LISTEN', 'UNCONN', 'SYN-SENT'),
  bucket: ['SYN-RECV', 'TIME-WAIT'],
  big: without('SYN-RECV', 'TIME-WAIT'),
};

export interface Selection {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly listening: boolean;
  readonly all: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** A key of stateWords; it overrules listening and all. */
  readonly state: string | undefined;
  /** Either end has one of these, where there are any. */
  readonly ports: readonly number[];
  readonly localPorts: readonly number[];
  readonly remotePorts: readonly number[];
  /** Either end has this address. */
  readonly host: string | undefined;
}

function statesOf({ state, listening, all: everything }: Selection): readonly State[] {
  if (state !== undefined) return stateWords[state] ?? [];
  if (everything) return all;
  // UDP sockets that are not connected are what ss -l shows of UDP.
  return listening ? ['LISTEN', 'UNCONN'] : without('LISTEN', 'UNCONN', 'TIME-WAIT', 'SYN-RECV');
}

/** @returns a test of one socket. */
export function selects(selection: Selection): (row: SocketRow) => boolean {
  const states = new Set(statesOf(selection));
  const { tcp, udp, ipv4, ipv6, ports, localPorts, remotePorts, host } = selection;
  const either = (one: boolean, other: boolean, is: boolean) => (one === other ? true : is === one);
  const among = (wanted: readonly number[], ...found: number[]) =>
    wanted.length === 0 || found.some((port) => wanted.includes(port));
  return (row) =>
    states.has(row.state) &&
    either(tcp, udp, row.protocol === 'tcp') &&
    either(ipv4, ipv6, row.family === 'ipv4') &&
    among(ports, row.local.port, row.remote.port) &&
    among(localPorts, row.local.port) &&
    among(remotePorts, row.remote.port) &&
    (host === undefined || row.local.address === host || row.remote.address === host);
}
