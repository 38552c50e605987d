/** A machine of two sockets: a NIC and cores on each, and the memory of each on its own node. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'two-nodes',
  hardware: {
    cpu: { march: 'x86-64-v2', cores: [0, 1] },
    numa: [
      { node: 0, cores: [0] },
      { node: 1, cores: [1] },
    ],
    hugepages: { size: '2MiB', count: 1024 },
    nics: [
      { name: 'net0', model: 'vmxnet3', pci: '0000:0b:00.0', queues: 2, numaNode: 0 },
      { name: 'net1', model: 'vmxnet3', pci: '0000:13:00.0', queues: 2, numaNode: 1 },
    ],
  },
  network: {
    net0: { addresses: ['10.0.0.2/24', 'fd00::2/64'], gateway: '10.0.0.1' },
    net1: { addresses: ['10.0.1.2/24', 'fd00:1::2/64'] },
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
      'redis-far': {
        command: [
          'redis-server',
          '--port',
          '6380',
          '--bind',
          '10.0.1.2',
          '--protected-mode',
          'no',
          '--save',
          '',
          '--appendonly',
          'no',
        ],
        listens: [6380],
      },
    },
    traffic: 'rpc',
    connections: 1000,
  },
});
