/** An instance of Amazon EC2; bind the second interface to vfio-pci. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'ena',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0, 1, 2, 3] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'ena', pci: '0000:00:06.0', queues: 4 }],
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
