#!/usr/bin/env node
// The sources are what runs: jiti strips the types, and caches what it made.
import { createJiti } from 'jiti';
import { cacheDirectory } from './cache.js';

const { main } = await createJiti(import.meta.url, { fsCache: cacheDirectory }).import('../gen/cli.ts');
await main(process.argv.slice(2));
