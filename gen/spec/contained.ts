/**
 * Runs a config's code, which may do anything: what would end this process without a word becomes an exception.
 * Ctrl-C ends it at once, in an endless loop too, where no handler would ever be called.
 */
export async function contained<T>(code: () => Promise<T>): Promise<T> {
  const handlers = process.listeners('SIGINT');
  const exit = process.exit;
  let idle = () => {};
  const stuck = new Promise<never>((_, reject) => {
    idle = () => reject(new Error('a promise that it waits for is never settled'));
  });
  process.removeAllListeners('SIGINT');
  process.exit = (status) => {
    throw new Error(`it called process.exit(${status ?? ''})`);
  };
  process.once('beforeExit', idle);
  try {
    return await Promise.race([code(), stuck]);
  } finally {
    process.off('beforeExit', idle);
    process.exit = exit;
    for (const handler of handlers) process.on('SIGINT', handler);
  }
}
