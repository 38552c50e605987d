import { defineConfig } from 'bypassgen';
export default defineConfig({
  name: 'tap',
  hardware: { cpu: { cores: [0] }, nics: [{ name: 'net0', model: 'tap', device: 'bptap0' }] },
  network: { net0: { addresses: ['10.77.0.2/24'] } },
  workload: { apps: { redis: { command: ['redis-server', '--port', '6379'], listens: [6379] } } },
});
