/** A network namespace of this machine, for the devices that Linux itself is the other end of. Needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withUndo } from '../../build/undo.ts';
import { diagnose } from '../../diagnostics/diagnostic.ts';
import type { NicModelName } from '../../hardware/nics.ts';
import { dialogScript } from '../dialog/dialog.ts';
import { buildProgram } from '../dialog/programs.ts';
import type { Ending } from '../guest/guest.ts';
import { parseMessage, splitLines } from '../guest/protocol.ts';
import type { Request, Target } from '../target.ts';
import type { Evidence } from '../verdict.ts';

const functions = fs.readFileSync(path.join(import.meta.dirname, 'netns.sh'), 'utf8');

/** Who makes the interface: the runtime itself, or we, as one end of a pair. */
const kinds: Partial<Record<NicModelName, 'own' | 'pair'>> = { tap: 'own', af_packet: 'pair', af_xdp: 'pair' };

const running = new Set<ChildProcess>();
const consoleLines = 200;
const limitSeconds = ({ limit, seconds, wires }: Request): number =>
  limit ?? 60 + seconds * wires.reduce((sum, wire) => sum + wire.asks.length, 0);

export const netns: Target = {
  summary: 'a network namespace of this machine, for tap, af_packet and af_xdp',
  misfit({ nics }) {
    const other = nics.find(({ model }) => !kinds[model]);
    return other && `${other.name}: Linux is not the other end of a '${other.model}'`;
  },
  refuse({ plan }) {
    const reasons = [
      process.getuid?.() === 0 ? undefined : 'a network namespace needs root',
      plan.nics.length === 0 ? 'it has no NIC' : undefined,
      netns.misfit(plan),
    ];
    const reason = reasons.find((text) => text !== undefined);
    return reason === undefined ? undefined : diagnose('notVerifiable', { reason });
  },
  async run(request) {
    const peer = await buildProgram('peer', request.env);
    if (typeof peer !== 'string') return peer;
    const whole = await buildProgram('whole', request.env);
    if (typeof whole !== 'string') return whole;
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-verify-'));
    const kind = kinds[request.plan.nics[0]?.model ?? 'null'] ?? '';
    const others = { scratch, inside: scratch, peer_program: peer, whole_program: whole, kind };
    const settings = { binary: request.binary, seconds: request.seconds, connections: 8, others };
    const script = dialogScript(settings, request.wires, [], functions);
    const undo = () => {
      netns.abandon();
      fs.rmSync(scratch, { recursive: true, force: true });
    };
    return withUndo(undo, () => {
      request.talk.say('starting it in a network namespace');
      return converse(script, request);
    });
  },
  abandon() {
    for (const child of running) child.kill('SIGKILL');
  },
};

/**
 * All that the script starts is in a process namespace of its own, whose first process dies with us: then the kernel ends
 * the rest, and network and mounts go with the last of them.
 */
function converse(script: string, request: Request): Promise<Evidence> {
  const started = process.hrtime.bigint();
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      '--',
      ...'unshare --net --pid --mount-proc --fork --kill-child sh -c'.split(' '),
      prelude + script,
    ],
    { env: request.env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
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
  const limit = limitSeconds(request);
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limit * 1000);
  return new Promise((resolve) => {
    const gone = (how: string, signal: boolean) => {
      clearTimeout(timer);
      running.delete(child);
      takeLine('\n');
      const ending: Ending = late ? 'time limit' : signal ? 'ended early' : 'done';
      resolve({
        ending,
        reason: late ? `the dialog did not end within ${limit} s` : how,
        found,
        console: lines.filter(Boolean),
        seconds: Number(process.hrtime.bigint() - started) / 1e9,
        place: `a network namespace, Linux ${os.release()}`,
      });
    };
    child.on('error', (error) => gone(error.message, true));
    child.on('close', (code, signal) => gone(`the dialog ended with ${signal ?? code}`, signal !== null));
  });
}

const prelude = 'tell() { echo "$*" >&3; }\n';
