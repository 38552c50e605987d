/** What `bypassgen ss` prints: the columns of ss, and where the other end is. */
import { align } from '../bench/table.ts';
import type { SocketEnd, SocketRow, Survey } from './sockets.ts';
import { infoText } from './tcp-info.ts';

const wildcards: readonly string[] = ['0.0.0.0', '::'];

function endText({ address, port }: SocketEnd): string {
  const host = wildcards.includes(address) ? '*' : address.includes(':') ? `[${address}]` : address;
  return `${host}:${port === 0 ? '*' : port}`;
}

/** programs: names by pid. */
export function socketPage(
  rows: readonly SocketRow[],
  programs: ReadonlyMap<number, string>,
  details: boolean,
): string[] {
  const owner = ({ pid }: SocketRow) => (pid === undefined ? '-' : `${programs.get(pid) ?? '-'},pid=${pid}`);
  const lines = align([
    ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local', 'Peer', 'Path', 'Program'],
    ...rows.map((row) => [
      row.protocol,
      row.state,
      `${row.receiveQueue}`,
      `${row.sendQueue}`,
      endText(row.local),
      endText(row.remote),
      row.state === 'LISTEN' ? '-' : row.place,
      owner(row),
    ]),
  ]);
  if (!details) return lines;
  return lines.flatMap((line, i) => {
    const row = rows[i - 1];
    if (row?.info === undefined || row.congestion === undefined) return [line];
    return [line, `\t ${infoText(row.congestion, row.info)}`];
  });
}

/** `ss -s`. */
export function summaryOf({ sockets }: Survey): { state: string; tcp: number; udp: number }[] {
  const states = [...new Set(sockets.map((row) => row.state))].sort();
  const count = (state: string, protocol: string) =>
    sockets.filter((row) => row.state === state && row.protocol === protocol).length;
  return states.map((state) => ({ state, tcp: count(state, 'tcp'), udp: count(state, 'udp') }));
}
