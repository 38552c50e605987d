/**
 * Boots a guest for one job and watches it. Nothing outlives it: the first file system is an unlinked file handed to
 * QEMU, the line of messages a socket pair, and QEMU dies with us, whatever ends us.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { withUndo } from '../../build/undo.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { buildInitramfs } from './initramfs.ts';
import type { Job } from './job.ts';
import type { Kernel } from './kernel.ts';
import { type Message, parseMessage, splitLines } from './protocol.ts';
import { type Accelerator, passed, type Qemu, qemuArguments } from './qemu.ts';
import { roomRefusal } from './room.ts';

/** How a guest ended; all but the first are failures of the guest or of what ran in it. */
export type Ending = 'done' | 'panic' | 'out of memory' | 'time limit' | 'broken' | 'ended early' | 'abandoned';

export interface GuestResult {
  readonly ending: Ending;
  readonly accelerator: Accelerator;
  /** Of the guest's kernel; absent when it never came up. */
  readonly release?: string;
  /** Of the job; only when it is done. */
  readonly status?: number;
  /** What the job told, by name. */
  readonly found: ReadonlyMap<string, string>;
  /** The last lines that the guest, or QEMU itself, printed. */
  readonly console: readonly string[];
  readonly seconds: number;
  /** Why it ended, in words. */
  readonly reason: string;
}

export interface Host {
  readonly qemu: Qemu;
  readonly kernel: Kernel;
  readonly accelerator: Accelerator;
  readonly env: NodeJS.ProcessEnv;
}

const consoleLines = 200;

/** Guests that run now. */
const running = new Set<Guest>();

/** Ends every guest at once. */
export function abandonGuests(): void {
  for (const guest of running) guest.end('abandoned');
}

export interface Watcher {
  message?(message: Message): void;
  line?(line: string): void;
}

/** Resolves when the guest is gone, within the job's limit. */
export async function runGuest(host: Host, job: Job, watcher: Watcher = {}): Promise<GuestResult | Diagnostic> {
  const initramfs = buildInitramfs(host.kernel, job, host.env);
  if ('code' in initramfs) return initramfs;
  const descriptor = unlinkedFile(initramfs);
  if (typeof descriptor !== 'number') return descriptor;
  try {
    return await withUndo(abandonGuests, () => new Guest(host, job, descriptor, watcher).result);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A file without a name, that a child can open through its descriptor. */
function unlinkedFile(content: Buffer): number | Diagnostic {
  const directory = os.tmpdir();
  const file = path.join(directory, `bypassgen-${process.pid}-${process.hrtime.bigint()}`);
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, 'wx+', 0o600);
    fs.unlinkSync(file);
    fs.writeFileSync(descriptor, content);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    return roomRefusal(error, directory, 'TMPDIR');
  }
}

/** Runs a program in a network namespace that goes with it. */
const ownNetwork = (commands: readonly string[]): string[] =>
  commands.length === 0
    ? []
    : [
        ...['unshare', ...(process.getuid?.() === 0 ? ['-n'] : ['-rn'])],
        ...['sh', '-c', `${commands.join(' && ')} && exec "$@"`, 'sh'],
      ];

class Guest {
  readonly result: Promise<GuestResult>;
  readonly #child: ChildProcess;
  readonly #console: string[] = [];
  readonly #found = new Map<string, string>();
  #release: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #status: number | undefined;
  #ending: Ending | undefined;
  #reason = '';

  constructor(host: Host, job: Job, initramfs: number, watcher: Watcher) {
    const started = process.hrtime.bigint();
    const [program = '', ...args] = [
      ...ownNetwork(job.network),
      // Should we be killed, the kernel kills QEMU.
      ...['setpriv', '--pdeathsig', 'KILL', '--'],
      ...[host.qemu.file, ...qemuArguments(host.kernel, job, host.accelerator)],
    ];
    this.#child = spawn(program, args, {
      env: host.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', initramfs],
    });
    running.add(this);
    const takeLine = splitLines((line) => this.#takeLine(line.replace(/\r$/, ''), watcher));
    const takeMessage = splitLines((line) => this.#takeMessage(line, job, watcher));
    this.#child.stdout?.setEncoding('utf8').on('data', takeLine);
    this.#child.stderr?.setEncoding('utf8').on('data', takeLine);
    const messages = this.#child.stdio[passed.messages] as Duplex;
    messages
      .setEncoding('utf8')
      .on('data', takeMessage)
      .on('error', () => {});
    this.#limit(job.bootSeconds, 'it did not come up');
    this.result = new Promise((resolve) => {
      const gone = (how: string) => {
        clearTimeout(this.#timer);
        running.delete(this);
        takeLine('\n');
        this.#ending ??= this.#status === undefined ? 'ended early' : 'done';
        resolve({
          ending: this.#ending,
          accelerator: host.accelerator,
          ...(this.#release === undefined ? {} : { release: this.#release }),
          ...(this.#ending === 'done' && this.#status !== undefined ? { status: this.#status } : {}),
          found: this.#found,
          console: this.#console,
          seconds: Number(process.hrtime.bigint() - started) / 1e9,
          reason: this.#reason || how,
        });
      };
      this.#child.on('error', (error) => gone(error.message));
      this.#child.on('close', (code, signal) =>
        gone(signal ? `QEMU was ended by ${signal}` : `QEMU exited with ${code}`),
      );
    });
  }

  /** The first reason counts. */
  end(ending: Ending, reason = ''): void {
    this.#settle(ending, reason);
    this.#child.kill('SIGKILL');
  }

  /** Replaces the limit before. */
  #limit(seconds: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end('time limit', `${what} within ${seconds} s`), seconds * 1000);
  }

  #settle(ending: Ending, reason: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#reason = reason;
  }

  #takeLine(line: string, watcher: Watcher): void {
    if (line === '') return;
    this.#console.push(line);
    if (this.#console.length > consoleLines) this.#console.shift();
    watcher.line?.(line);
    // A panic goes on printing, and then the guest ends by itself.
    if (/Out of memory: |System is deadlocked on memory/.test(line)) this.#settle('out of memory', line);
    else if (/Kernel panic - not syncing/.test(line)) this.#settle('panic', line);
  }

  #takeMessage(line: string, job: Job, watcher: Watcher): void {
    const message = parseMessage(line);
    if (!message) return;
    watcher.message?.(message);
    if (message.word === 'ready') {
      this.#release = message.text;
      this.#limit(job.limitSeconds, 'the job did not end');
    } else if (message.word === 'found') this.#found.set(message.name, message.text);
    else if (message.word === 'end') this.#status = message.status;
    else this.#settle('broken', `the guest has not: ${message.text}`);
  }
}
