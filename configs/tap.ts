/** A TAP interface that the runtime makes: the host's own stack is at the other end. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'tap',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0] },
    nics: [{ name: 'net0', model: 'tap', device: 'bp0' }],
  },
  network: {
    net0: { addresses: ['10.77.0.2/24', 'fd77::2/64'] },
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
