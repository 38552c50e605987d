/** Colour for a stream: NO_COLOR and FORCE_COLOR are obeyed (https://no-color.org), a pipe and TERM=dumb get none. */
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

export function coloursFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Colours {
  return pc.createColors(wantsColour(stream, env));
}

function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return Boolean(stream.isTTY) && env['TERM'] !== 'dumb';
}
