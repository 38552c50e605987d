/** A virtual machine of VMware. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'vmxnet3',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0, 1] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'vmxnet3', pci: '0000:0b:00.0', queues: 2 }],
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
