/** Errors as node:net makes them. */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

export type ErrorName = 'ECONNREFUSED' | 'ECONNRESET' | 'EPIPE' | 'EAGAIN' | 'EPROTO';

/** errno: its name, or positive. */
export function systemError(
  errno: ErrorName | number,
  syscall: string,
  details: { readonly address?: string; readonly port?: number; readonly cause?: unknown } = {},
): NodeJS.ErrnoException {
  const number = typeof errno === 'number' ? errno : constants.errno[errno];
  const code = typeof errno === 'number' ? nameOf(errno) : errno;
  const { cause, ...where } = details;
  const place = where.port === undefined ? '' : ` ${where.address}:${where.port}`;
  return Object.assign(new Error(`${syscall} ${code}${place}`, { cause }), { errno: -number, code, syscall, ...where });
}

/** The runtime's memory says what it likes. */
function nameOf(errno: number): string {
  const known = Object.values(constants.errno).includes(errno as never);
  return known ? getSystemErrorName(-errno) : `errno ${errno}`;
}
