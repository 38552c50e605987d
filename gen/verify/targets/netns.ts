/** A network namespace of this machine, for the devices that Linux itself is the other end of. Needs root. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withUndo } from '../../build/undo.ts';
import type { NicModelName } from '../../hardware/nics.ts';
import { dialogScript } from '../dialog/dialog.ts';
import { buildProgram } from '../dialog/programs.ts';
import type { Request, Target } from '../target.ts';
import { abandonDialogs, converse } from './converse.ts';
import { refuseNamespace } from './refusal.ts';

const functions = fs.readFileSync(path.join(import.meta.dirname, 'netns.sh'), 'utf8');

/** Who makes the interface: the runtime itself, or we, as one end of a pair. */
const kinds: Partial<Record<NicModelName, 'own' | 'pair'>> = { tap: 'own', af_packet: 'pair', af_xdp: 'pair' };

const limitSeconds = ({ limit, seconds, wires }: Request): number =>
  limit ?? 60 + seconds * wires.reduce((sum, wire) => sum + wire.asks.length, 0);

export const netns: Target = {
  summary: 'a network namespace of this machine, for tap, af_packet and af_xdp',
  misfit({ nics }) {
    const other = nics.find(({ model }) => !kinds[model]);
    return other && `${other.name}: Linux is not the other end of a '${other.model}'`;
  },
  refuse: ({ plan }) => refuseNamespace(plan, 'a network namespace', netns.misfit(plan)),
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
      abandonDialogs();
      fs.rmSync(scratch, { recursive: true, force: true });
    };
    const dialog = {
      script,
      namespaces: ['--net'],
      limitSeconds: limitSeconds(request),
      place: `a network namespace, Linux ${os.release()}`,
      env: request.env,
    };
    return withUndo(undo, () => {
      request.talk.say('starting it in a network namespace');
      return converse(dialog);
    });
  },
  abandon: abandonDialogs,
};
