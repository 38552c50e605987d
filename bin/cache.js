import os from 'node:os';
import path from 'node:path';

/**
 * Where jiti keeps what it made of TypeScript: in the user's own cache and not in the common /tmp, since whoever writes
 * there decides what runs. False, which is no cache, for a user without a home.
 */
export const cacheDirectory = (() => {
  const given = process.env['XDG_CACHE_HOME'];
  if (given && path.isAbsolute(given)) return path.join(given, 'bypassgen');
  try {
    return path.join(os.homedir(), '.cache/bypassgen');
  } catch {
    return false;
  }
})();
