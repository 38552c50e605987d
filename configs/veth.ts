/** An interface of the host, here one end of a veth pair named bp0, through an AF_XDP socket: no PCI device, but root. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'veth',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0] },
    nics: [{ name: 'net0', model: 'af_xdp', device: 'bp0' }],
  },
  network: {
    net0: { addresses: ['10.77.0.2/24'] },
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
