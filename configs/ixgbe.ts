/** Intel 82599 and successors, 10 gigabit, one queue for each of four cores. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'ixgbe',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [2, 3, 4, 5] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'ixgbe', pci: '0000:03:00.0', queues: 4, rxDescriptors: 512, txDescriptors: 512 }],
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
    connections: 10000,
  },
});
