import assert from 'node:assert/strict';
import type { Program } from '../program.ts';

const script = `
set -o pipefail
seq 1000 | grep 7 | sort -r | head -3 | tr '\\n' ' '; echo
sum=0; while read -r n; do sum=$((sum + n)); done < <(seq 100); echo "sum $sum"
false | true; echo "pipefail $?"
(exit 42); echo "subshell $?"
sleep 30 & kill $!; wait $!; echo "killed $?"
trap 'echo trapped' USR1; kill -USR1 $$
text=$(cat <<HERE
here $(printf '%s-' a b c)
HERE
); echo "$text"
for i in 1 2 3 4; do (echo "job $i" > "job.$i") & done; wait; cat job.? | wc -l
coproc TWIN { while read -r line; do echo "twin $line"; done; }
echo hello >&"\${TWIN[1]}"; read -r back <&"\${TWIN[0]}"; echo "$back"
nosuchcommand 2>/dev/null; echo "missing $?"
trap 'echo bye' EXIT
`;

const expected = `997 987 979 
sum 5050
pipefail 1
subshell 42
killed 143
trapped
here a-b-c-
4
twin hello
missing 127
bye
`;

export const bash: Program = {
  title: 'bash',
  packages: ['bash', 'coreutils'],
  needs: ['bash', 'seq', 'sort'],
  covers: 'pipelines, subshells, jobs, traps, here documents, process substitution, coprocesses',
  scenario(place) {
    const job = 'for i in $(seq 300); do echo $i | cat | (read -r n; test "$n" = "$i") || exit 1; done';
    return {
      tasks: { script: ['bash', place.write('script.sh', script)], job: ['bash', '-c', job] },
      job: 'job',
      async check(stage) {
        assert.equal(await stage.succeed('script'), expected);
      },
    };
  },
};
