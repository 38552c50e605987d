/** package.json of the generated package: prebuilt, so that no script runs when it is installed. */
import { createRequire } from 'node:module';
import type { Plan } from '../../plan/plan.ts';

const require = createRequire(import.meta.url);
const { version } = require('../../../package.json') as { version: string };

export function printPackageJson({ name }: Plan): string {
  const contents = {
    name,
    version,
    description: `The bypassgen runtime ${name}, and what starts, watches and stops it`,
    license: 'Apache-2.0',
    type: 'module',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './net': { types: './net.d.ts', default: './net.js' },
      './package.json': './package.json',
    },
    types: './index.d.ts',
    files: ['index.js', 'index.d.ts', 'net.js', 'net.d.ts', 'lib', 'prebuilds', 'bin'],
    engines: { node: '>=20' },
    os: ['linux'],
    cpu: ['x64'],
    libc: ['glibc'],
    // Without it npm would look for a binding.gyp and call node-gyp.
    gypfile: false,
  };
  return `${JSON.stringify(contents, null, 2)}\n`;
}
