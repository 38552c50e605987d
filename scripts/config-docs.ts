/** Writes the pages of docs/ that repeat what the code says (gen/docs/generated-docs.ts). */
import fs from 'node:fs';
import path from 'node:path';
import { generatedDocs } from '../gen/docs/generated-docs.ts';

for (const { path: file, content } of generatedDocs()) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
