/** All programs, in the order of the table. */
import type { Program } from '../program.ts';
import { bash } from './bash.ts';

export const programs: Readonly<Record<string, Program>> = { bash };
