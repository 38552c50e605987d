/** What must not stay behind, however a command ends: locks, temporary files, compilers that still run. */

const pending = new Set<() => void>();

process.on('exit', () => {
  for (const undo of [...pending].reverse()) undo();
});

/**
 * Runs the action, then undo: when it succeeds, when it fails, and when the process exits in the middle of it, as it does
 * at Ctrl-C. undo must not wait for anything.
 */
export async function withUndo<T>(undo: () => void, action: () => Promise<T>): Promise<T> {
  pending.add(undo);
  try {
    return await action();
  } finally {
    pending.delete(undo);
    undo();
  }
}
