/** All programs, in the order of the table. */
import type { Program } from '../program.ts';
import { bash } from './bash.ts';
import { etcd } from './etcd.ts';
import { git } from './git.ts';
import { haproxy } from './haproxy.ts';
import { java } from './java.ts';
import { lighttpd } from './lighttpd.ts';
import { memcached } from './memcached.ts';
import { nginx } from './nginx.ts';
import { node } from './node.ts';
import { postgres } from './postgres.ts';
import { gunicorn, python } from './python.ts';
import { redis } from './redis.ts';
import { busybox, curl, musl, sshKeygen } from './tools.ts';

export const programs: Readonly<Record<string, Program>> = {
  bash,
  redis,
  memcached,
  nginx,
  haproxy,
  lighttpd,
  python,
  gunicorn,
  node,
  git,
  curl,
  'ssh-keygen': sshKeygen,
  busybox,
  musl,
  java,
  postgres,
  etcd,
};
