// `npm run demo`: installs what is missing, builds configs/embedded.ts, and compares a few pairs with Linux.
import { bypassgen, ensure, forDemo } from './prerequisites.mjs';

const pairs = ['local.redis-get', 'local.redis-set', 'local.memcached', 'local.tcp-echo'];

ensure(forDemo);
bypassgen('build', 'configs/embedded.ts');
bypassgen('bench', 'configs/embedded.ts', '--only', pairs.join(','), '--quick');
