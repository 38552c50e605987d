/** Writes docs/config from the comments in gen/spec/types.ts, and docs/commands and docs/diagnostics.md from their tables. */
import fs from 'node:fs';
import path from 'node:path';
import { generatedDocs } from '../gen/docs/generated-docs.ts';

for (const { path: file, content } of generatedDocs()) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
