/** A virtual machine's virtio-net device, on two cores; bind it to vfio-pci first. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'virtio',
  hardware: {
    cpu: { march: 'x86-64-v2', cores: [0, 1] },
    hugepages: { size: '2MiB', count: 1024 },
    nics: [{ name: 'net0', model: 'virtio', pci: '0000:00:03.0', queues: 1 }],
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
