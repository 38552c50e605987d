/** docs/programs.md. */
import os from 'node:os';
import type { Played } from './play.ts';
import type { Program } from './program.ts';

/** Without runs: the program is not installed. */
export interface Result {
  readonly program: Program;
  readonly native?: Played;
  readonly fused?: Played;
}

const outcome = (played: Played | undefined): string => {
  if (played === undefined) return 'not installed';
  return played.fault === undefined ? 'passed' : `failed: ${played.fault.split('\n')[0]?.replaceAll('|', '\\|')}`;
};

const seconds = (played: Played | undefined): string =>
  played?.milliseconds === undefined ? '' : `${(played.milliseconds / 1000).toFixed(2)} s`;

const speed = ({ native, fused }: Result): string =>
  native?.milliseconds && fused?.milliseconds ? `${(native.milliseconds / fused.milliseconds).toFixed(2)}×` : '';

const count = (calls: number | undefined): string => calls?.toLocaleString('en') ?? '';

const row = (result: Result): string =>
  `| ${[
    result.program.title,
    result.program.covers,
    outcome(result.native),
    outcome(result.fused),
    count(result.fused?.calls?.patched),
    count(result.fused?.calls?.trapped),
    seconds(result.native),
    seconds(result.fused),
    speed(result),
  ].join(' | ')} |`;

const headings =
  'program | checked | natively | under the runtime | patched calls | trapped calls | job natively | job fused | speed';

export function page(results: readonly Result[]): string {
  return `# Programs

Written by \`npm run programs\`. Each program of \`test/programs/list\` is run natively and, with all its servers and clients
fused, under the generic binary; both have to pass the same checks. Then each does the same job once, on one core
(${os.cpus()[0]?.model.trim()}, Linux ${os.release()}): the durations tell a hanging or crawling program from a running one;
for fair figures there is \`bypassgen bench\`. Speed above 1: faster under the runtime. Calls are those of checks and job
together.
Natively each request to Java's server takes some 40 ms, as a delayed acknowledgement does: that row says nothing of speed.

| ${headings} |
|${headings.replaceAll(/[^|]+/g, ' --- ')}|
${results.map(row).join('\n')}
`;
}
