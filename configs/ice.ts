/** Intel E810 on the second of two NUMA nodes, one queue for each of eight cores there. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'ice',
  hardware: {
    cpu: { march: 'icelake-server', cores: [16, 17, 18, 19, 20, 21, 22, 23] },
    numa: [
      { node: 0, cores: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] },
      { node: 1, cores: [16, 17, 18, 19, 20, 21, 22, 23] },
    ],
    hugepages: { size: '1GiB', count: 8 },
    nics: [{ name: 'net0', model: 'ice', pci: '0000:b1:00.0', queues: 8, numaNode: 1 }],
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
