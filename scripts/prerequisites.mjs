// Installs what a task needs and this machine lacks: Debian packages (as root through apt-get, otherwise it says the one
// line to run) and the npm packages of the lock file. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** What shows that a package is there. A name without a slash is looked up in PATH. */
const packages = {
  gcc: { shows: ['gcc'] },
  'libc6-dev': { shows: ['/usr/include/stdio.h', '/usr/lib/x86_64-linux-gnu/libc.a'] },
  'linux-libc-dev': { shows: ['/usr/include/linux/futex.h'] },
  binutils: { shows: ['nm'] },
  'g++': { shows: ['g++'] },
  clang: { shows: ['clang'] },
  'libdpdk-dev': {
    shows: ['/usr/include/dpdk/rte_ethdev.h', '/usr/lib/x86_64-linux-gnu/librte_eal.a'],
  },
  'qemu-system-x86': { shows: ['qemu-system-x86_64'] },
  kmod: { shows: ['depmod'] },
  'xz-utils': { shows: ['xz'] },
  iproute2: { shows: ['ip'] },
  'redis-server': { shows: ['redis-server'] },
  'redis-tools': { shows: ['redis-benchmark', 'redis-cli'] },
  memcached: { shows: ['memcached'] },
  'util-linux': { shows: ['taskset'] },
  'musl-tools': { shows: ['musl-gcc'] },
  'busybox-static': { shows: ['busybox'] },
  strace: { shows: ['strace'] },
  gdb: { shows: ['gdb'] },
  // What test/programs runs.
  curl: { shows: ['curl'] },
  'etcd-server': { shows: ['etcd'] },
  git: { shows: ['git'] },
  haproxy: { shows: ['haproxy'] },
  lighttpd: { shows: ['lighttpd'] },
  'lighttpd-mod-openssl': { shows: ['/usr/lib/lighttpd/mod_openssl.so'] },
  'nginx-light': { shows: ['nginx'] },
  'openjdk-17-jdk-headless': { shows: ['/usr/lib/jvm/java-17-openjdk-amd64/bin/javac'] },
  'openssh-client': { shows: ['ssh-keygen'] },
  openssl: { shows: ['openssl'] },
  'postgresql-15': { shows: ['/usr/lib/postgresql/15/bin/postgres', '/usr/lib/postgresql/15/bin/pgbench'] },
  python3: { shows: ['/usr/bin/python3'] },
  'python3-gunicorn': { shows: ['/usr/lib/python3/dist-packages/gunicorn'] },
};

export const forBuild = ['gcc', 'libc6-dev', 'linux-libc-dev', 'binutils', 'g++'];
export const forDemo = [...forBuild, 'redis-server', 'redis-tools', 'memcached', 'util-linux'];
export const forGuests = ['qemu-system-x86', 'kmod', 'xz-utils'];
export const forVerify = [...forBuild, ...forGuests, 'clang', 'libdpdk-dev', 'iproute2', 'redis-server', 'util-linux'];
export const forTests = Object.keys(packages).filter((name) => !forGuests.includes(name));

function isThere(file) {
  if (file.includes('/')) return fs.existsSync(file);
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => fs.existsSync(path.join(folder, file)));
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(3);
}

function aptInstall(missing) {
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid() !== 0) fail(`Missing here: ${missing.join(', ')}. Run this first:\n  sudo ${line}`);
  process.stderr.write(`installing ${missing.join(' ')}\n`);
  // Debian starts installed daemons at once; nobody asked for that here.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !fs.existsSync(policy);
  if (ours) fs.writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const shell = `apt-get update -qq && ${line} -qq`;
    const { status } = spawnSync('sh', ['-c', shell], { env, stdio: ['ignore', 2, 2] });
    if (status !== 0) fail(`apt-get failed; run it by hand to see why:\n  ${line}`);
  } finally {
    if (ours) fs.rmSync(policy, { force: true });
  }
}

const guestKernel = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'bypassgen/kernel');

const hasKernel = (folder) =>
  fs.existsSync(path.join(folder, 'boot')) &&
  fs.readdirSync(path.join(folder, 'boot')).some((f) => /^vmlinuz-/.test(f));

/** The guests' kernel is only unpacked: to install it would make it this machine's next one. */
export function ensureGuestKernel() {
  if (hasKernel('/') || hasKernel(guestKernel)) return;
  process.stderr.write('unpacking a kernel for guests\n');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bypassgen-kernel-'));
  const shell = `set -e
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1)
    apt-get download -qq "$package"
    mkdir root
    dpkg-deb -x ./*.deb root
    for modules in root/lib/modules/*; do depmod -b root "\${modules##*/}"; done
    mkdir -p "$(dirname "$TARGET")"
    cp -a root "$TARGET.new"
    mv -T "$TARGET.new" "$TARGET"`;
  try {
    const env = { ...process.env, TARGET: guestKernel };
    const { status } = spawnSync('sh', ['-c', shell], { cwd: folder, env, stdio: ['ignore', 2, 2] });
    if (status !== 0) fail('no kernel for guests; run this by hand:\n  apt-get install linux-image-amd64');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** npm's own record of what is installed is older than the lock file, or there is none. */
function npmIsStale() {
  const installed = path.join(root, 'node_modules/.package-lock.json');
  return (
    !fs.existsSync(installed) ||
    fs.statSync(installed).mtimeMs < fs.statSync(path.join(root, 'package-lock.json')).mtimeMs
  );
}

export function ensure(names) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed`);
  const missing = names.filter((name) => !packages[name].shows.every(isThere));
  if (missing.length > 0) aptInstall(missing);
  if (!npmIsStale()) return;
  process.stderr.write('installing npm packages\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail('npm ci failed; run it by hand to see why');
}

/** Runs a command of the project; ends this process with its status when it fails. */
export function must(command, args, options = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
}

export const bypassgen = (...args) => must(process.execPath, ['bin/bypassgen.js', ...args]);
