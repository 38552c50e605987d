import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** It imports JSON as bundlers do, and names source maps that it does not have. */
const bundled = '@actions/workflow-parser';

export default defineConfig({
  plugins: [
    {
      name: 'without-source-maps',
      load: (id) =>
        id.includes(bundled) ? fs.readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL.*/m, '') : null,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    // Tests run compilers: a slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { inline: [bundled] } },
    alias: { bypassgen: fileURLToPath(new URL('gen/index.ts', import.meta.url)) },
  },
});
