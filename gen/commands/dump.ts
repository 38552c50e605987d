import fs from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Filter } from '../seen/packet-filter.ts';
import type { Sink } from '../seen/record.ts';
import { type Command, exitCodes, type Invocation, type Outcome } from './command.ts';
import { cannotLook, findRuntime, runtimeArgument, runtimeOptions } from './runtime.ts';

export const dump: Command = {
  name: 'dump',
  summary: 'write the packets of a NIC of a running binary to a pcapng file',
  examples: [
    ['bypassgen dump configs/tap.ts -w out.pcapng', 'until Ctrl-C'],
    ['bypassgen dump configs/tap.ts -w - | tshark -r -', 'to another program'],
    ["bypassgen dump tap net0 -w - --filter 'tcp port 6379' -c 100", 'some of them'],
    ['bypassgen dump configs/tap.ts -s 96 -w headers.pcapng', 'only headers'],
  ],
  arguments: [
    runtimeArgument,
    { name: 'nic', summary: 'its name in the config; not needed when there is one', required: false },
  ],
  options: [
    { flags: '-w, --write <file>', summary: 'where to; - is stdout' },
    { flags: '-s, --snaplen <bytes>', summary: 'of each packet at most so many, 1 to 65535 (default: 65535)' },
    { flags: '-c, --count <packets>', summary: 'end after so many' },
    { flags: '-f, --filter <expression>', summary: 'those only: host, port, tcp, udp, arp, ... with and, or, not' },
    ...runtimeOptions,
  ],
  async run(invocation) {
    const wish = await wishOf(invocation);
    if ('diagnostics' in wish) return wish;
    const found = await findRuntime(invocation);
    if (!('directory' in found)) return found;
    const abort = new AbortController();
    invocation.takeSignals();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => abort.abort());
    try {
      return await take(found.directory, wish, abort, invocation);
    } catch (error) {
      return { diagnostics: [...found.diagnostics, await cannotLook(error)] };
    }
  },
};

interface Wish {
  readonly nic: string | undefined;
  readonly file: string;
  readonly snaplen: number;
  readonly packetsMax: number;
  readonly filter: Filter;
  readonly expression: string;
}

async function wishOf({
  arguments: [, nic],
  options,
  json,
}: Invocation): Promise<Wish | { diagnostics: Diagnostic[] }> {
  const { diagnose } = await import('../diagnostics/diagnostic.ts');
  const { FilterError, parseFilter } = await import('../seen/packet-filter.ts');
  const { write, snaplen = '65535', count = 'Infinity', filter = '' } = options;
  const refuse = (reason: string) => ({ diagnostics: [diagnose('usage', { reason, hint: undefined })] });
  const [bytes, packetsMax] = [Number(snaplen), Number(count)];
  if (typeof write !== 'string') return refuse('--write: name a file, or - for stdout');
  if (write === '-' && json) return refuse('--json and --write - both want stdout');
  if (write === '-' && process.stdout.isTTY) return refuse('--write -: a terminal shows no pcapng; name a file');
  if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= 65_535))
    return refuse(`--snaplen: ${snaplen} is not from 1 to 65535`);
  if (!(packetsMax >= 1) || (Number.isFinite(packetsMax) && !Number.isInteger(packetsMax)))
    return refuse(`--count: ${count} is no number of packets`);
  if (nic !== undefined && !/^[a-z][a-z0-9]*$/.test(nic)) return refuse(`${nic} is no name of a NIC`);
  try {
    const expression = String(filter);
    return { nic, file: write, snaplen: bytes, packetsMax, filter: parseFilter(expression), expression };
  } catch (error) {
    if (error instanceof FilterError) return refuse(`--filter: ${error.message}`);
    throw error;
  }
}

async function take(
  directory: string,
  { nic, file, snaplen, packetsMax, filter, expression }: Wish,
  abort: AbortController,
  { talk, json }: Pick<Invocation, 'talk' | 'json'>,
): Promise<Outcome> {
  const { borrow } = await import('../seen/lent.ts');
  const { Capture } = await import('../seen/capture.ts');
  const { record } = await import('../seen/record.ts');
  const request = `dump ${snaplen}${nic === undefined ? '' : ` ${nic}`}`;
  const done = await borrow(directory, request, 'bypassgen-capture', async (lent) => {
    const sink = openSink(file, abort);
    try {
      const capture = new Capture(lent);
      const about = { name: capture.nic, description: `NIC of process ${lent.pid}`, snaplen };
      const limits = { stop: abort.signal, gone: lent.gone, packetsMax };
      return await record(capture, expression ? { ...about, filter: expression } : about, filter, sink, limits, () =>
        talk.say(`capturing ${capture.nic} to ${file === '-' ? 'stdout' : file}; Ctrl-C ends it`),
      );
    } finally {
      sink.close();
    }
  });
  const { packets, lost, filtered } = done;
  if (!json) talk.say(`${packets} packets captured, ${filtered} left out by the filter, ${lost} lost`);
  return { exit: exitCodes.ok, data: { file, packets, filtered, lost } };
}

/** A reader that has gone, as `head` does, ends the capture; anything else that is wrong with the file is an error. */
function openSink(file: string, abort: AbortController): Sink & { close(): void } {
  const fd = file === '-' ? 1 : fs.openSync(file, 'w');
  return {
    async write(bytes) {
      try {
        await writeAll(fd, bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
        abort.abort();
      }
    },
    close() {
      if (fd !== 1) fs.closeSync(fd);
    },
  };
}

/** A pipe may take a part, or none for now. */
async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(1);
    }
  }
}
