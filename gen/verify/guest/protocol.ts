/** What a guest tells on its second serial line: a word and, behind a blank, text; one message a line. */

export type Message =
  /** The guest is up; text is the release of its kernel. */
  | { readonly word: 'ready'; readonly text: string }
  /** The guest cannot run the job, for lack of what text names. */
  | { readonly word: 'broken'; readonly text: string }
  /** A finding of the job, in words of its own. */
  | { readonly word: 'found'; readonly name: string; readonly text: string }
  /** The job is over; its exit status. */
  | { readonly word: 'end'; readonly status: number };

/** undefined: not a message. */
export function parseMessage(line: string): Message | undefined {
  const [, word = '', text = ''] = /^(\w+)(?: (.*))?$/.exec(line.replace(/\r$/, '')) ?? [];
  return Object.hasOwn(parsers, word) ? parsers[word]?.(text) : undefined;
}

const parsers: Readonly<Record<string, (text: string) => Message | undefined>> = {
  ready: (text) => ({ word: 'ready', text }),
  broken: (text) => ({ word: 'broken', text }),
  found: (text) => {
    const [, name, value = ''] = /^(\S+)(?: (.*))?$/.exec(text) ?? [];
    return name ? { word: 'found', name, text: value } : undefined;
  },
  end: (text) => (/^\d{1,3}$/.test(text) ? { word: 'end', status: Number(text) } : undefined),
};

const longestLine = 65536;

/** A function that takes pieces of a stream and hands on whole lines; of a longer one only the end. */
export function splitLines(take: (line: string) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = (lines.pop() ?? '').slice(-longestLine);
    for (const line of lines) take(line.slice(-longestLine));
  };
}
