/**
 * What TCP, UDP and IP have gone through: counters that stay 0 on a good day. They have the names that nstat(8) gives those
 * of Linux; what Linux does not count has the name of the drop's reason (runtime-c/net/drop.def).
 */
import type { StackFigures } from '../control/api.ts';
import type { Row } from '../control/statistics.ts';

interface Trouble {
  readonly name: string;
  readonly help: string;
  /** Where it is among the figures of a stack. */
  readonly of: 'tcp' | 'drops';
  /** By these names; their sum. */
  readonly counters: readonly string[];
}

/** Of /proc/net/snmp or /proc/net/netstat, whose names begin so for nstat. */
const tcp = (prefix: 'Tcp' | 'TcpExt', counter: string, help: string): Trouble => ({
  name: `${prefix}${counter}`,
  help,
  of: 'tcp',
  counters: [counter],
});

const drop = (name: string, help: string, ...counters: string[]): Trouble => ({
  name,
  help,
  of: 'drops',
  counters: counters.length > 0 ? counters : [name],
});

export const troubles: readonly Trouble[] = [
  tcp('Tcp', 'RetransSegs', 'segments sent again'),
  tcp('TcpExt', 'TCPTimeouts', 'retransmission timers that ran out'),
  tcp('TcpExt', 'TCPSpuriousRTOs', 'of these, in vain'),
  tcp('TcpExt', 'TCPLossProbes', 'tail loss probes'),
  tcp('TcpExt', 'TCPSackRecovery', 'recoveries from loss by SACK'),
  tcp('TcpExt', 'TCPRenoRecovery', 'recoveries from loss without SACK'),
  tcp('TcpExt', 'TCPSACKReneging', 'peers that dropped what they had acknowledged by SACK'),
  tcp('TcpExt', 'TCPSACKDiscard', 'SACK blocks that make no sense'),
  tcp('TcpExt', 'TCPDSACKRecv', 'segments that the peer had already'),
  tcp('TcpExt', 'TCPOFODrop', 'segments out of order for which there was no room'),
  tcp('TcpExt', 'TCPWinProbe', 'probes of a window that stays closed'),
  tcp('TcpExt', 'PAWSEstab', 'segments with old timestamps'),
  tcp('TcpExt', 'TCPChallengeACK', 'resets, SYNs and acknowledgements that were refused and asked back'),
  tcp('TcpExt', 'SyncookiesSent', 'SYN cookies sent: half-open connections beyond the bound'),
  tcp('TcpExt', 'SyncookiesRecv', 'connections made of cookies that came back'),
  tcp('TcpExt', 'SyncookiesFailed', 'cookies that were none'),
  tcp('TcpExt', 'TCPReqQFullDrop', 'SYNs dropped, since too many connections were half-open'),
  tcp('TcpExt', 'ListenOverflows', 'connections beyond a backlog'),
  tcp('TcpExt', 'ListenDrops', 'SYNs and handshakes dropped by listeners, for any reason'),
  tcp('TcpExt', 'TCPDeferAcceptDrop', 'bare acknowledgements dropped by TCP_DEFER_ACCEPT'),
  tcp('TcpExt', 'TCPTimeWaitOverflow', 'TIME_WAITs given up early'),
  tcp('Tcp', 'AttemptFails', 'connections that were never established'),
  tcp('Tcp', 'EstabResets', 'connections reset'),
  tcp('Tcp', 'OutRsts', 'resets sent'),
  tcp('TcpExt', 'TCPAbortOnTimeout', 'connections given up, since the peer no longer answers'),
  tcp('TcpExt', 'TCPAbortOnData', 'connections reset, since data came that nobody reads'),
  tcp('TcpExt', 'TCPAbortOnLinger', 'connections reset, since FIN_WAIT2 lasted too long'),
  tcp(
    'TcpExt',
    'TCPAbortOnMemory',
    'connections given up for lack of memory, or since too many are closed here and not there',
  ),
  tcp('Tcp', 'InErrs', 'malformed segments and wrong checksums'),
  drop('TcpInCsumErrors', 'segments with a wrong checksum', 'tcp_checksum'),
  drop('UdpInCsumErrors', 'datagrams with a wrong checksum', 'udp_checksum'),
  drop('UdpNoPorts', 'datagrams to a port without a socket', 'udp_port'),
  drop('UdpRcvbufErrors', 'datagrams that a program took too slowly', 'udp_full'),
  drop('UdpMemErrors', 'datagrams for which the arena had no memory', 'udp_memory'),
  drop('IpExtInCsumErrors', 'IPv4 headers with a wrong checksum', 'ip_checksum'),
  drop('IpInAddrErrors', 'packets to addresses that are not ours', 'ip_destination'),
  drop('IpOutNoRoutes', 'packets without a route', 'no_route'),
  drop('IpReasmTimeout', 'fragments whose others never came', 'fragment_timeout'),
  drop(
    'IpReasmFails',
    'fragments that made no datagram, for any reason',
    'fragment_malformed',
    'fragment_tiny',
    'fragment_overlap',
    'fragment_timeout',
    'fragment_limit',
  ),
  drop('IcmpInErrors', 'ICMP messages too short or with a wrong checksum', 'icmp_malformed'),
  drop('no_buffer', 'packets for which a device had no memory'),
  drop('tx_full', "packets for which a device's queue had no room"),
  drop('handover_full', 'packets for which a ring between workers had no room'),
  drop('neighbour_full', 'packets for which the neighbour table had no room'),
  drop('neighbour_failed', 'packets to neighbours that do not answer'),
];

const countOf = ({ of, counters }: Trouble, figures: Pick<StackFigures, 'tcp' | 'drops'>): number =>
  counters.reduce((sum, counter) => sum + (figures[of][counter] ?? 0), 0);

/** Every trouble by its name, over all stacks. */
export const troublesOf = (stacks: readonly StackFigures[]): Row =>
  Object.fromEntries(
    troubles.map((trouble) => [trouble.name, stacks.reduce((sum, stack) => sum + countOf(trouble, stack), 0)]),
  );

/** Those of TCP's own counters: drops have their reasons. */
export const tcpTroublesOf = (stack: StackFigures): Row =>
  Object.fromEntries(
    troubles.filter(({ of }) => of === 'tcp').map((trouble) => [trouble.name, countOf(trouble, stack)]),
  );

/** Name, count and meaning of those that are not 0. */
export const troubleRows = (row: Row): [name: string, count: string, help: string][] =>
  troubles.flatMap(({ name, help }) => (row[name] ? [[name, `${row[name]}`, help]] : []));
