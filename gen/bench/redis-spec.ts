/** The config of generic.redis-get: the user's machine and policy, with Redis and its benchmark as the workload. */
import type { Spec } from '../spec/types.ts';
import { redisBenchmark, redisServer } from './workloads.ts';

/** Name of the program whose end ends the run; the runner knows it. */
export const clientName = 'client';

export function redisSpec(spec: Spec, core: number, port: number, requests: number): Spec {
  return {
    name: 'bench-redis',
    hardware: { ...spec.hardware, cpu: { ...spec.hardware.cpu, cores: [core] }, numa: undefined, nics: undefined },
    workload: {
      apps: {
        [clientName]: {
          command: redisBenchmark(port, 'get', requests),
          talksTo: ['server'],
          waitFor: ['server'],
          log: 'inherit',
        },
        server: { command: redisServer(port), listens: [port] },
      },
      traffic: 'rpc',
      connections: 64,
    },
    policy: spec.policy,
  };
}
