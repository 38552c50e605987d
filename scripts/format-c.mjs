// Formats the C sources by .clang-format; with --check only says which are not formatted.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';

const binary = createRequire(import.meta.url)('clang-format').getNativeBinary();
const check = process.argv.includes('--check');
const roots = ['runtime-c', 'binding', 'gen', 'bench', 'test'];

const files = roots.flatMap((root) =>
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c|cc|h)$/.test(entry.name) && !entry.parentPath.startsWith('test/golden'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort(),
);
const args = check ? ['--dry-run', '--Werror'] : ['-i'];
const { status } = spawnSync(binary, ['--style=file', ...args, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
