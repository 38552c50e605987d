/** A gigabit NIC of Intel, one queue for each core. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'igb',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [1, 2] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'igb', pci: '0000:02:00.0', queues: 2 }],
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
