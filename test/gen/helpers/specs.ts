import type { Spec } from '../../../gen/index.ts';

/** The smallest valid spec. */
export const smallest: Spec = {
  name: 'small',
  hardware: { cpu: {} },
  workload: { apps: { a: { command: ['true'] } } },
};

/** A spec with everything in it, and text that is hard to print in C. */
export const largest: Spec = {
  name: 'large',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [2, 3, 5] },
    numa: [
      { node: 0, cores: [2, 3] },
      { node: 1, cores: [5] },
    ],
    hugepages: { size: '2MiB', count: 512 },
  },
  workload: {
    apps: {
      front: {
        command: ['./front', '--say', 'a "quoted" \\ word', 'trigraph ??=', 'grüße\n\ttab', ''],
        env: { LANG: 'C.UTF-8', EMPTY: '', A_1: 'x=y' },
        cwd: '/srv/front',
        listens: [80, 443, 'unix:/run/front.sock'],
        talksTo: ['back-1', 'back-2'],
        waitFor: ['back-1', 'back-2'],
        log: '/var/log/front.log',
        restart: 'on-failure',
        memoryLimit: 1 << 30,
      },
      'back-1': { command: ['back'], listens: [9001] },
      'back-2': { command: ['back'], listens: [9002], log: 'inherit' },
      lonely: { command: ['lonely'], autostart: false },
    },
    traffic: 'bulk',
    connections: 100_000,
  },
  policy: {
    polling: 'adaptive',
    isolation: 'none',
    fork: false,
    tickMicroseconds: 1000,
    idleSpinMicroseconds: 50,
    streamLimit: 65536,
    congestion: 'bbr',
    arena: { sizeMiB: 1024, hugepages: true },
    ipv6: false,
  },
};
