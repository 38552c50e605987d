import assert from 'node:assert/strict';
import type { Program } from '../program.ts';

const FILES = 200;

const prepare = (port: number) => `set -e
git init -q -b main source; cd source
git config user.name tester; git config user.email tester@example.org
for i in $(seq ${FILES}); do seq $i $((i + 100)) > file$i; done
git add .; git commit -q -m first; git tag one
echo more >> file1; git commit -q -a -m second
cd ..; git clone -q --bare source served.git; touch served.git/git-daemon-export-ok
git ls-remote git://127.0.0.1:${port}/served.git main | wc -l
`;

const clone = (port: number) => `set -e
git clone -q git://127.0.0.1:${port}/served.git copy; cd copy
git log --format=%s; ls | wc -l; git fsck --strict 2>&1 | grep -v Checking || true; git gc -q; git diff --stat one
git config user.name tester; git config user.email tester@example.org
git checkout -q -b side one; echo side > side; git add side; git commit -q -m side; git merge -q -m merged main; git log --oneline | wc -l
`;

export const git: Program = {
  title: 'git',
  packages: ['git'],
  needs: ['git'],
  covers: 'commit, clone from a git daemon, fsck, gc, merge',
  async scenario(place) {
    const port = await place.port();
    const daemon = ['git', 'daemon', `--base-path=${place.folder}`, '--listen=127.0.0.1', `--port=${port}`];
    const job = 'for i in 1 2 3 4 5; do git clone -q source job$i && rm -rf job$i || exit 1; done';
    return {
      servers: { daemon: { command: [...daemon, '--reuseaddr'], port } },
      tasks: {
        prepare: ['sh', place.write('prepare.sh', prepare(port))],
        clone: ['sh', place.write('clone.sh', clone(port))],
        job: ['sh', '-c', job],
      },
      job: 'job',
      async check(stage) {
        assert.equal((await stage.succeed('prepare')).trim(), '1');
        const lines = (await stage.succeed('clone')).split('\n').map((line) => line.trim());
        assert.deepEqual(lines, [
          'second',
          'first',
          `${FILES}`,
          'file1 | 1 +',
          '1 file changed, 1 insertion(+)',
          '4',
          '',
        ]);
      },
    };
  },
};
