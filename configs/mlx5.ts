/** NVIDIA ConnectX, one queue for each of four cores; the kernel's driver stays bound. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'mlx5',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [2, 3, 4, 5] },
    hugepages: { size: '1GiB', count: 4 },
    nics: [{ name: 'net0', model: 'mlx5', pci: '0000:3b:00.0', queues: 4 }],
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
    traffic: 'mixed',
    connections: 100000,
  },
});
