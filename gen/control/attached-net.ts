/** connect() and createServer() of a generated package: node:net over the memory of a runtime. */
import { AttachedServer } from './attached-server.ts';
import { AttachedSocket } from './attached-socket.ts';
import { Attachment } from './attachment.ts';
import type { ConnectOptions, Server, ServerOptions, Socket } from './net-api.ts';
import { addonOf, chooseRunDirectory, findRuntime, type PackageDescription } from './package.ts';
import { controlSocket } from './run-directory.ts';
import { RuntimeError } from './runtime-error.ts';
import { systemError } from './system-error.ts';

type AnyConnectOptions = ConnectOptions<number, string>;

export interface Net {
  connect(where: number | AnyConnectOptions, onConnect?: () => void): Socket;
  createServer(options?: ServerOptions | ((socket: Socket) => void), onConnection?: (socket: Socket) => void): Server;
}

/** programs: what the package says of each. */
export function defineNet(
  description: PackageDescription,
  programs: Readonly<Record<string, { readonly ports: readonly number[] }>>,
): Net {
  const attachments = new Map<string, Promise<Attachment>>();

  /** One for each runtime, as long as that runs. */
  function attach(options: { readonly runDirectory?: string }): Promise<Attachment> {
    const runDirectory = chooseRunDirectory(description.name, options);
    const known = attachments.get(runDirectory);
    if (known) return known;
    const forget = () => {
      if (attachments.get(runDirectory) === made) attachments.delete(runDirectory);
    };
    const made = open(description, runDirectory, forget);
    attachments.set(runDirectory, made);
    made.catch(forget);
    return made;
  }

  return {
    connect(where, onConnect) {
      const options = typeof where === 'number' ? { port: where } : where;
      const port = portOf(options, programs);
      const socket = new AttachedSocket(options);
      if (onConnect) socket.once('connect', onConnect);
      attach(options).then(
        (attachment) => socket.begin(attachment, port),
        (cause) => socket.destroy(systemError('ECONNREFUSED', 'connect', { address: '127.0.0.1', port, cause })),
      );
      return socket;
    },
    createServer(first = {}, second) {
      const options = typeof first === 'function' ? {} : first;
      const onConnection = typeof first === 'function' ? first : second;
      const server = new AttachedServer(options, () =>
        attach(options).catch((cause) => {
          throw systemError('ECONNREFUSED', 'listen', { cause });
        }),
      );
      if (onConnection) server.on('connection', onConnection);
      return server;
    },
  };
}

async function open(description: PackageDescription, runDirectory: string, onEnd: () => void): Promise<Attachment> {
  await findRuntime(description, { runDirectory });
  try {
    return await Attachment.open(addonOf(description), controlSocket(runDirectory), onEnd);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError('not-attached', `no attachment to the runtime in ${runDirectory}: ${reason}`, { cause });
  }
}

function portOf({ port, program }: AnyConnectOptions, programs: Parameters<typeof defineNet>[1]): number {
  const chosen = program === undefined ? port : programs[program]?.ports[0];
  if (chosen === undefined) throw new RangeError(`no program '${program}' listens on a TCP port`);
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > 0xffff) throw new RangeError(`there is no port ${chosen}`);
  return chosen;
}
