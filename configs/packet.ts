/** As veth, through an AF_PACKET socket: slower, and works on every interface and kernel. */
import { defineConfig } from 'bypassgen';

export default defineConfig({
  name: 'packet',
  hardware: {
    cpu: { march: 'x86-64-v3', cores: [0] },
    nics: [{ name: 'net0', model: 'af_packet', device: 'bp0' }],
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
