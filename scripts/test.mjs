// `npm test`: installs what is missing, builds the runtime, runs every test. With --quick: generator and C self-tests only.
import { bypassgen, ensure, forTests, must } from './prerequisites.mjs';

ensure(forTests);
const quick = process.argv.includes('--quick');
if (!quick) bypassgen('build', 'configs/embedded.ts', '--generic');
must('npx', ['vitest', 'run', ...(quick ? ['test/gen', 'test/runtime'] : [])]);
