/** Where memory lies: each page as the kernel told of it, against the plan. */
import type { Plan } from '../plan/plan.ts';
import { type MemoryPieces, parseMemory } from './facts.ts';
import type { Evidence, Row } from './verdict.ts';

/** A row for each node that workers are on; none where the machine has one node. */
export function memoryRows(round: number, plan: Plan, found: Evidence['found']): Row[] {
  if (plan.nodes.length === 0) return [];
  const pieces = parseMemory(found.get(`memory.${round}`)) ?? [];
  return plan.nodes.map(({ node }) => ({
    what: `start ${round}: memory on node ${node}`,
    planned: 'no page on another node',
    ...judge(pieces.filter((piece) => piece.node === node)),
  }));
}

function judge(pieces: readonly MemoryPieces[]): Pick<Row, 'status' | 'found'> {
  const used = pieces.filter(({ pages }) => pages > 0);
  const total = (key: 'pages' | 'wrong' | 'untold') => used.reduce((sum, piece) => sum + piece[key], 0);
  const list = (key: 'pages' | 'wrong') =>
    used.flatMap((piece) => (piece[key] ? [`${piece.what} ${piece[key]}`] : [])).join(', ');
  if (used.length === 0) return { status: 'failed', found: 'the runtime told of none' };
  if (total('untold')) return { status: 'failed', found: `the kernel does not tell of ${total('untold')} pages` };
  const counts = `${total('wrong')} of ${total('pages')} pages wrong`;
  if (total('wrong')) return { status: 'failed', found: `${counts}: ${list('wrong')}` };
  return { status: 'passed', found: `${counts} (${list('pages')})` };
}
