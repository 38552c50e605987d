/** All programs, in the order of the table. */
import type { Program } from '../program.ts';
import { bash } from './bash.ts';
import { haproxy } from './haproxy.ts';
import { lighttpd } from './lighttpd.ts';
import { memcached } from './memcached.ts';
import { nginx } from './nginx.ts';
import { redis } from './redis.ts';

export const programs: Readonly<Record<string, Program>> = { bash, redis, memcached, nginx, haproxy, lighttpd };
