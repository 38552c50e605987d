/** What can go wrong between a program and the runtime that it steers. */
export type RuntimeErrorCode =
  /** Not Linux on x86-64. */
  | 'wrong-platform'
  /** The processor lacks instructions that the runtime was compiled with. */
  | 'wrong-cpu'
  /** The run directory cannot be made, is not ours, or its path is too long for a socket. */
  | 'run-directory'
  /** A runtime answers in that run directory already. */
  | 'already-running'
  /** Nobody answers in that run directory. */
  | 'not-running'
  /** The runtime ended before it answered. */
  | 'start-failed'
  /** Another runtime, or one made from another config, answers. */
  | 'other-runtime'
  /** The runtime said no; the message says why. */
  | 'refused'
  /** What came back over the control socket is no answer. */
  | 'bad-answer'
  /** The statistics region cannot be had, or is malformed. */
  | 'bad-statistics'
  /** No memory is shared with the runtime: it has as many attachments as it takes, or is of another version. */
  | 'not-attached'
  /** Something did not happen in time. */
  | 'timeout';

/** Says what, where, and what to do. */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
