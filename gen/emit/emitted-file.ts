/** What emitters give, and the writer writes. */
export interface EmittedFile {
  /** Relative to out/<name>, with slashes. */
  readonly path: string;
  readonly content: string;
}
