/** TCP ports that somebody in this network namespace listens on: proc(5), /proc/net/tcp. */
import { Tree } from './tree.ts';

const stateListen = '0A';

export function listeningPorts(root = '/'): Set<number> {
  const tree = new Tree(root);
  const rows = ['proc/net/tcp', 'proc/net/tcp6'].flatMap((file) => (tree.text(file) ?? '').split('\n').slice(1));
  const ports = rows.flatMap((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    return state === stateListen ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
  return new Set(ports);
}
