/** Runs a dialog on this machine, and collects what it tells. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Ending } from '../guest/guest.ts';
import { parseMessage, splitLines } from '../guest/protocol.ts';
import type { Evidence } from '../verdict.ts';

export interface Dialog {
  readonly script: string;
  /** Options of unshare(1) beside the process namespace, which every dialog has. */
  readonly namespaces: readonly string[];
  readonly limitSeconds: number;
  /** For people. */
  readonly place: string;
  readonly env: NodeJS.ProcessEnv;
}

const running = new Set<ChildProcess>();
const consoleLines = 200;

export function abandonDialogs(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * All that the script starts is in a process namespace of its own, whose first process dies with us: then the kernel ends
 * the rest, and network and mounts go with the last of them.
 */
export function converse({ script, namespaces, limitSeconds, place, env }: Dialog): Promise<Evidence> {
  const started = process.hrtime.bigint();
  const command = ['unshare', ...namespaces, '--pid', '--mount-proc', '--fork', '--kill-child', 'sh', '-c'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command, prelude + script], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const found = new Map<string, string>();
  const lines: string[] = [];
  const takeLine = splitLines((line) => {
    lines.push(line);
    if (lines.length > consoleLines) lines.shift();
  });
  const takeMessage = splitLines((line) => {
    const message = parseMessage(line);
    if (message?.word === 'found') found.set(message.name, message.text);
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', takeLine);
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding('utf8').on('data', takeMessage);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitSeconds * 1000);
  return new Promise((resolve) => {
    const gone = (how: string, signal: boolean) => {
      clearTimeout(timer);
      running.delete(child);
      takeLine('\n');
      const ending: Ending = late ? 'time limit' : signal ? 'ended early' : 'done';
      resolve({
        ending,
        reason: late ? `the dialog did not end within ${limitSeconds} s` : how,
        found,
        console: lines.filter(Boolean),
        seconds: Number(process.hrtime.bigint() - started) / 1e9,
        place,
      });
    };
    child.on('error', (error) => gone(error.message, true));
    child.on('close', (code, signal) => gone(`the dialog ended with ${signal ?? code}`, signal !== null));
  });
}

const prelude = 'tell() { echo "$*" >&3; }\n';
