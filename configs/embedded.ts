/** Needs no NIC and no root: a cache, its client, and a second cache, fused on one core. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'embedded',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0] },
  },
  workload: {
    apps: {
      redis: {
        command: ['redis-server', '--port', '6379', '--save', '', '--appendonly', 'no'],
        listens: [6379],
      },
      bench: {
        command: ['redis-benchmark', '-p', '6379', '-t', 'set,get', '-n', '1000000', '-c', '50', '-d', '64', '-q'],
        talksTo: ['redis'],
        waitFor: ['redis'],
        autostart: false,
        log: 'inherit',
      },
      memcached: {
        command: ['memcached', '-u', 'root', '-l', '127.0.0.1', '-p', '11211', '-t', '1'],
        listens: [11211],
      },
    },
    traffic: 'rpc',
    connections: 1000,
  },
});
