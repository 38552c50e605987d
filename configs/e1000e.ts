/** Intel's 82574L, as QEMU emulates it. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'e1000e',
  hardware: {
    cpu: { march: 'x86-64-v2', cores: [0] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'e1000e', pci: '0000:00:03.0', queues: 1 }],
  },
  network: {
    net0: { addresses: ['10.0.0.2/24', 'fd00::2/64'], gateway: '10.0.0.1' },
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
