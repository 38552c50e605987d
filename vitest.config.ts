import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests run compilers: a slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    alias: { bypassgen: fileURLToPath(new URL('gen/index.ts', import.meta.url)) },
  },
});
