import { setTimeout as sleep } from 'node:timers/promises';
import type { Rates } from '../top/page.ts';
import { type Command, configArgument, type Invocation, outOption } from './command.ts';
import { openProject } from './project.ts';

export const top: Command = {
  name: 'top',
  summary: 'watch a running binary: what each worker and each program does',
  examples: [
    ['bypassgen top configs/embedded.ts', 'anew each second; Ctrl-C ends it'],
    ['bypassgen top configs/embedded.ts --once', 'one page over one second'],
    ['bypassgen top configs/embedded.ts --interval 5 --json', 'the figures of five seconds, for a program'],
  ],
  arguments: [configArgument],
  options: [
    { flags: '--interval <seconds>', summary: 'between two pages, 0.1 to 60 (default: 1)' },
    { flags: '--once', summary: 'one page, then end' },
    { flags: '--run-dir <dir>', summary: 'where the binary has its control socket' },
    outOption,
  ],
  async run(invocation) {
    const { diagnose } = await import('../diagnostics/diagnostic.ts');
    const { interval = '1', once, runDir } = invocation.options;
    const seconds = Number(interval);
    if (!(seconds >= 0.1 && seconds <= 60))
      return {
        diagnostics: [diagnose('usage', { reason: `--interval: ${interval} is not from 0.1 to 60`, hint: undefined })],
      };
    const project = await openProject(invocation);
    if (!('plan' in project)) return project;
    const { defaultRunDirectory } = await import('../control/run-directory.ts');
    const directory = typeof runDir === 'string' ? runDir : defaultRunDirectory(project.plan.name);
    const { pageOf } = await import('../top/page.ts');
    const single = once === true || invocation.json;
    const abort = new AbortController();
    if (!single) endOnSignal(abort, invocation);
    try {
      for await (const rates of watch(directory, seconds * 1000, abort.signal)) {
        if (single) return { text: pageOf(rates).join('\n'), data: { ...rates } };
        show(pageOf(rates));
      }
      return {};
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { diagnostics: [...project.diagnostics, diagnose('cannotWatch', { reason })] };
    }
  },
};

/** Rates for each interval, until the signal says stop. @throws when the runtime does not answer. */
async function* watch(directory: string, milliseconds: number, stop: AbortSignal): AsyncGenerator<Rates, void> {
  const { askStatus } = await import('../control/status.ts');
  const { openRegion } = await import('../top/region.ts');
  const { ratesBetween } = await import('../top/page.ts');
  const region = openRegion((await askStatus(directory)).pid);
  try {
    for (let before = region.read(); ; ) {
      const slept = sleep(milliseconds, true, { signal: stop });
      if (!(await slept.catch(() => false))) return;
      const status = await askStatus(directory);
      const after = region.read();
      yield ratesBetween(status, before, after);
      before = after;
    }
  } finally {
    region.close();
  }
}

function endOnSignal(abort: AbortController, { takeSignals }: Invocation): void {
  takeSignals();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
}

/** On a terminal each page takes the place of the one before; elsewhere they follow each other. */
function show(page: readonly string[]): void {
  const lines = page.join('\n');
  process.stdout.write(process.stdout.isTTY ? `\x1b[H\x1b[2J${lines}\n` : `${lines}\n\n`);
}
