// `npm test`: installs what is missing, builds the runtime, runs every test. With --quick: generator and C self-tests only.
import { bypassgen, ensure, ensureGuestKernel, forGuests, forTests, must } from './prerequisites.mjs';

const quick = process.argv.includes('--quick');
ensure([...forTests, ...(quick ? [] : forGuests)]);
if (!quick) ensureGuestKernel();
if (!quick) bypassgen('build', 'configs/embedded.ts', '--generic');
must('npx', ['vitest', 'run', ...(quick ? ['test/gen', 'test/runtime'] : [])]);
