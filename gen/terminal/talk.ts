/** What a command says while it works: on stderr, one line that changes on a terminal, plain lines elsewhere. */
export interface Talk {
  /** A sentence. */
  say(text: string): void;
  /** Progress of a long step; done counts from 1. */
  progress(what: string, done: number, total: number): void;
  /** Ends the changing line. */
  finish(): void;
}

export const silent: Talk = { say() {}, progress() {}, finish() {} };

interface TalkStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function talkTo(stream: TalkStream): Talk {
  return stream.isTTY ? terminalTalk(stream) : plainTalk(stream);
}

const plainTalk = (stream: TalkStream): Talk => ({
  say: (text) => void stream.write(`${text}\n`),
  progress: (what, done, total) => void stream.write(`[${done}/${total}] ${what}\n`),
  finish() {},
});

function terminalTalk(stream: TalkStream): Talk {
  const eraseLine = '\r\x1b[K';
  let open = false;
  const finish = () => {
    if (open) stream.write(eraseLine);
    open = false;
  };
  return {
    say(text) {
      finish();
      stream.write(`${text}\n`);
    },
    progress(what, done, total) {
      const line = `[${done}/${total}] ${what}`;
      stream.write(eraseLine + line.slice(0, (stream.columns ?? 80) - 1));
      open = true;
    },
    finish,
  };
}
