/** Where a running binary keeps its logs and its control socket, as runtime-c/main/rundir.c has it. */
import fs from 'node:fs';
import path from 'node:path';
import { RuntimeError } from './runtime-error.ts';

/** Longest path of a unix socket, in bytes, without the NUL (unix(7)). */
const socketPathMax = 107;

/** Where all runtimes of this user are, unless they are told otherwise. */
function commonDirectory(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime?.startsWith('/') ? `${runtime}/bypassgen` : `/tmp/bypassgen-${process.geteuid?.()}`;
}

/** The run directory of a binary that got no --run-dir. */
export const defaultRunDirectory = (name: string): string => `${commonDirectory()}/${name}`;

/** @throws RuntimeError when the path is longer than a socket's may be. */
export function controlSocket(runDirectory: string): string {
  const file = `${runDirectory}/control.sock`;
  if (Buffer.byteLength(file) > socketPathMax)
    throw new RuntimeError(
      'run-directory',
      `the run directory ${runDirectory} has too long a path for a unix socket; choose one of less than ${
        socketPathMax - '/control.sock'.length
      } bytes`,
    );
  return file;
}

/**
 * Makes the run directory, and the common one above it, for ourselves alone. What exists must be ours and no symbolic
 * link: /tmp is everybody's.
 */
export function makeRunDirectory(runDirectory: string): void {
  const common = commonDirectory();
  if (path.dirname(runDirectory) === common) makeOwn(common);
  makeOwn(runDirectory);
}

function makeOwn(directory: string): void {
  const refuse = (reason: string, cause?: unknown) =>
    new RuntimeError('run-directory', `the run directory ${directory} ${reason}; choose another with runDirectory`, {
      cause,
    });
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw refuse(`cannot be made (${(error as NodeJS.ErrnoException).code})`, error);
    }
  }
  const found = fs.lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.geteuid?.()) throw refuse('is not a directory of ours');
}
