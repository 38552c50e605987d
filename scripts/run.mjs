// Runs a TypeScript script: node scripts/run.mjs scripts/name.ts
import path from 'node:path';
import { createJiti } from 'jiti';

await createJiti(import.meta.url).import(path.resolve(process.argv[2]));
