/** What a file system refuses of what a guest is made of. */
import { isErrno, refusal } from '../../build/disk.ts';
import { type Diagnostic, diagnose } from '../../diagnostics/diagnostic.ts';

/** variable: names the place to write to instead. Any other error is thrown again. */
export const roomRefusal = (error: unknown, directory: string, variable: string): Diagnostic =>
  isErrno(error, 'ENOSPC', 'EDQUOT') ? diagnose('guestNeedsRoom', { directory, variable }) : refusal(error, directory);
