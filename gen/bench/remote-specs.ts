/** The configs of runtimes at the ends of a wire: the user's processor, one core, one NIC. */
import type { NicSpec, Spec } from '../spec/types.ts';
import type { Pair } from './pair.ts';
import { addresses, endName, type HostIndex, interfaceName } from './wire.ts';

export interface End {
  readonly name: string;
  readonly host: HostIndex;
  readonly nic: NicSpec;
}

function nicOf(name: string, host: HostIndex, memifSocket: string): NicSpec {
  if (name.startsWith('tap')) return { name: 'net0', model: 'tap', device: interfaceName };
  if (name.startsWith('afxdp')) return { name: 'net0', model: 'af_xdp', device: interfaceName };
  return { name: 'net0', model: 'memif', device: memifSocket, role: host === 0 ? 'server' : 'client' };
}

/** The ends that the pairs need a runtime for, each once. */
export function endsOf(pairs: readonly Pair[], memifSocket: string): End[] {
  const ends = new Map<string, End>();
  for (const { remote } of pairs.flatMap((pair) => [...pair.linux, ...pair.ours]))
    for (const [i, who] of remote?.hosts.entries() ?? []) {
      if (!remote || who === 'linux') continue;
      const host = i as HostIndex;
      const name = endName(remote.wire, host);
      ends.set(name, { name, host, nic: nicOf(name, host, memifSocket) });
    }
  return [...ends.values()];
}

/** Programs are named at the start. Without huge pages: those that there are were counted for one runtime. */
export const endSpec = (spec: Spec, { name, host, nic }: End, core: number): Spec => ({
  name: `bench-${name}`,
  hardware: { cpu: { ...spec.hardware.cpu, cores: [core] }, nics: [nic] },
  network: { net0: { addresses: [`${addresses[host]}/24`] } },
  workload: { apps: {}, traffic: 'rpc', connections: 10_000 },
  policy: { ...spec.policy, arena: { ...spec.policy?.arena, hugepages: false } },
});
