/** Rings in memory that return what is sent: for tests of the runtime itself. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'ring',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0] },
    nics: [{ name: 'net0', model: 'ring' }],
  },
  network: {
    net0: { addresses: ['10.77.0.2/24'] },
  },
  workload: {
    apps: {
      redis: {
        command: [
          'redis-server',
          '--port',
          '6379',
          '--bind',
          '*',
          '--protected-mode',
          'no',
          '--save',
          '',
          '--appendonly',
          'no',
        ],
        listens: [6379],
      },
    },
    traffic: 'rpc',
    connections: 1000,
  },
});
