// Runs a TypeScript script: node scripts/run.mjs scripts/name.ts
import path from 'node:path';
import { createJiti } from 'jiti';
import { cacheDirectory } from '../bin/cache.js';

await createJiti(import.meta.url, { fsCache: cacheDirectory }).import(path.resolve(process.argv[2]));
