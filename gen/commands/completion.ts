import type { Command, Option } from './command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** @param commands what is completed, asked for when a script is made: it holds the result, too */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'print a completion script for a shell',
    examples: [
      ['source <(bypassgen completion bash)', 'in ~/.bashrc'],
      ['bypassgen completion fish > ~/.config/fish/completions/bypassgen.fish', ''],
    ],
    arguments: [{ name: 'shell', summary: 'bash, zsh or fish', required: true, choices: shells }],
    options: [],
    async run({ arguments: [shell] }) {
      const script = generators[shell as (typeof shells)[number]](commands());
      return { text: script, data: { shell, script } };
    },
  };
}

const generators: Record<(typeof shells)[number], (commands: readonly Command[]) => string> = {
  bash: bashScript,
  // zsh runs bash completions once bashcompinit is loaded.
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`,
  fish: fishScript,
};

/** Options that every command has. */
const everywhere: readonly Option[] = [
  { flags: '--json', summary: 'one JSON object on stdout' },
  { flags: '-q, --quiet', summary: 'say nothing on stderr but errors' },
  { flags: '-h, --help', summary: 'show help' },
];

const longFlag = (option: Option): string => /--[a-z-]+/.exec(option.flags)?.[0] ?? '';

function bashScript(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = [
      ...command.arguments.flatMap((a) => a.choices ?? []),
      ...[...command.options, ...everywhere].map(longFlag),
    ];
    const files = command.arguments.some((a) => a.complete === 'file') ? ' $(compgen -f -- "$current")' : '';
    return `    ${command.name}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")${files}) ;;`;
  });
  return `_bypassgen() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -F _bypassgen bypassgen`;
}

function fishScript(commands: readonly Command[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const lines = ['complete -c bypassgen -f'];
  for (const command of commands) {
    const inside = `-n '__fish_seen_subcommand_from ${command.name}'`;
    lines.push(`complete -c bypassgen -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`);
    for (const option of [...command.options, ...everywhere]) {
      lines.push(`complete -c bypassgen ${inside} -l ${longFlag(option).slice(2)} -d ${quote(option.summary)}`);
    }
    for (const argument of command.arguments) {
      if (argument.choices) lines.push(`complete -c bypassgen ${inside} -a '${argument.choices.join(' ')}'`);
      if (argument.complete === 'file') lines.push(`complete -c bypassgen ${inside} -F`);
    }
  }
  return lines.join('\n');
}
