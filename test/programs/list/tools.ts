/** Programs that do one thing and end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { selfSigned } from '../http.ts';
import type { Program } from '../program.ts';

const lighttpdTls = (folder: string, port: number, tls: number) => `
server.modules = ("mod_openssl")
server.document-root = "${folder}/www"
server.port = ${port}
server.bind = "127.0.0.1"
$SERVER["socket"] == "127.0.0.1:${tls}" { ssl.engine = "enable" ssl.pemfile = "${folder}/cert.pem" ssl.privkey = "${folder}/key.pem" }
`;

export const curl: Program = {
  title: 'curl',
  packages: ['curl', 'lighttpd', 'lighttpd-mod-openssl', 'openssl'],
  needs: ['curl', 'lighttpd', 'openssl', '/usr/lib/lighttpd/mod_openssl.so'],
  covers: 'several URLs in parallel, TLS with a CA file, a missing file, no server',
  async scenario(place) {
    const [port, tls, nobody] = [await place.port(), await place.port(), await place.port()];
    selfSigned(place.folder);
    for (const name of ['a', 'b', 'c']) place.write(`www/${name}`, name.repeat(100_000));
    const config = place.write('lighttpd.conf', lighttpdTls(place.folder, port, tls));
    const get = (...args: string[]) => ['curl', '-sS', '--fail', ...args];
    return {
      servers: { lighttpd: { command: ['lighttpd', '-D', '-f', config], port } },
      tasks: {
        parallel: get('-Z', '--remote-name-all', `http://127.0.0.1:${port}/{a,b,c}`),
        tls: get('--cacert', `${place.folder}/cert.pem`, '-o', 'tls', `https://localhost:${tls}/a`),
        missing: get(`http://localhost:${port}/nothing`),
        nobody: get(`http://127.0.0.1:${nobody}/`),
        job: get('-o', '/dev/null', '-k', '-H', 'Connection: close', `https://127.0.0.1:${tls}/a?[1-100]`),
      },
      job: 'job',
      async check(stage) {
        await stage.succeed('parallel');
        await stage.succeed('tls');
        for (const name of ['a', 'b', 'c', 'tls'])
          assert.equal(fs.statSync(path.join(place.folder, name)).size, 100_000);
        assert.equal((await stage.run('missing')).status, 22);
        assert.equal((await stage.run('nobody')).status, 7);
      },
    };
  },
};

export const sshKeygen: Program = {
  title: 'ssh-keygen',
  packages: ['openssh-client'],
  needs: ['ssh-keygen'],
  covers: 'ed25519 and RSA keys, a signature made and verified',
  scenario(place) {
    const key = (type: string, ...more: string[]) => ['ssh-keygen', '-q', '-t', type, '-N', '', '-f', type, ...more];
    place.write('text', 'signed\n');
    const verify = `printf 'me %s\\n' "$(cat ed25519.pub)" > signers
ssh-keygen -q -Y sign -f ed25519 -n file text && ssh-keygen -Y verify -f signers -I me -n file -s text.sig < text`;
    return {
      tasks: {
        ed25519: key('ed25519'),
        rsa: key('rsa', '-b', '2048'),
        show: ['ssh-keygen', '-l', '-f', 'rsa.pub'],
        verify: ['sh', '-c', verify],
        job: ['sh', '-c', 'for i in $(seq 20); do ssh-keygen -q -t ed25519 -N "" -f job$i || exit 1; done'],
      },
      job: 'job',
      async check(stage) {
        await stage.succeed('ed25519');
        await stage.succeed('rsa');
        assert.match(await stage.succeed('show'), /^2048 SHA256:.* \(RSA\)\n$/);
        assert.match(await stage.succeed('verify'), /^Good "file" signature for me with ED25519 key/);
      },
    };
  },
};

export const busybox: Program = {
  title: 'busybox (static)',
  packages: ['busybox-static'],
  needs: ['busybox'],
  covers: 'its shell running its own applets: pipelines, awk, sed, tar, gzip, httpd and wget',
  async scenario(place) {
    const port = await place.port();
    const script = `
busybox seq 10 | busybox awk '{ sum += $1 } END { print sum }'
mkdir packed; for i in 1 2 3; do echo $i > packed/$i; done
busybox tar czf packed.tgz packed; rm -r packed; busybox tar xzf packed.tgz; cat packed/* | busybox sed 's/^/n/' | busybox tr '\\n' ' '; echo
busybox httpd -f -p 127.0.0.1:${port} -h www & server=$!
until busybox wget -q -O - http://127.0.0.1:${port}/page 2>/dev/null; do busybox usleep 10000; done
kill $server
`;
    place.write('www/page', 'a page\n');
    const job = 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); busybox true; done';
    return {
      tasks: { script: ['busybox', 'sh', place.write('script.sh', script)], job: ['busybox', 'sh', '-c', job] },
      job: 'job',
      async check(stage) {
        assert.equal(await stage.succeed('script'), '55\nn1 n2 n3 \na page\n');
      },
    };
  },
};

const muslSource = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static void *work(void *arg)
{
    for (int i = 0; i < 100000; i++) { pthread_mutex_lock(&lock); total += (long)arg; pthread_mutex_unlock(&lock); }
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t threads[8];
    int rounds = argc > 1 ? atoi(argv[1]) : 1, status;
    for (int round = 0; round < rounds; round++) {
        for (long i = 0; i < 8; i++) pthread_create(&threads[i], NULL, work, (void *)i);
        for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    }
    if (!fork()) _exit(system("exit 5") >> 8);
    wait(&status);
    FILE *pipe = popen("echo piped", "r"); char line[64] = "";
    fgets(line, sizeof(line), pipe); pclose(pipe);
    printf("%ld %d %s", total, WEXITSTATUS(status), line);
    return 0;
}
`;

export const musl: Program = {
  title: 'a musl program',
  packages: ['musl-tools'],
  needs: ['musl-gcc'],
  covers: 'dynamic and static: threads, fork, system, popen',
  scenario(place) {
    const source = place.write('program.c', muslSource);
    const build = (name: string, ...flags: string[]) =>
      execFileSync('musl-gcc', ['-O1', '-pthread', ...flags, source, '-o', path.join(place.folder, name)]);
    build('dynamic');
    build('fixed', '-static');
    return {
      tasks: { dynamic: ['./dynamic'], fixed: ['./fixed'], job: ['./dynamic', '30'] },
      job: 'job',
      async check(stage) {
        for (const task of ['dynamic', 'fixed']) assert.equal(await stage.succeed(task), '2800000 5 piped\n');
      },
    };
  },
};
