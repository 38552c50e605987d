/** verify.json; its format is a promise. */
import type { Row, Status, Verdict } from '../verdict.ts';

export interface VerifyJson {
  readonly format_version: 1;
  readonly name: string;
  readonly config: string;
  readonly target: string;
  readonly place: string;
  readonly status: Status;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly console: readonly string[];
}

export const verifyJson = (verdict: Verdict): VerifyJson => ({
  format_version: 1,
  ...verdict,
  seconds: Number(verdict.seconds.toFixed(1)),
});
