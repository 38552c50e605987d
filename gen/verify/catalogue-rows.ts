/**
 * The catalogue of models against what DPDK's driver says of the device: a config must be allowed nothing that the device
 * does not take. Less than the device has is allowed: the catalogue names what is used, and why it is less.
 */
import { type DescriptorLimits, type NicModel, nicModel } from '../hardware/nics.ts';
import type { NicPlan } from '../plan/plan.ts';
import type { NicLimits } from './facts.ts';
import { offloadBits, offloadNames } from './offload-bits.ts';
import type { Row } from './verdict.ts';

type Judgement = Omit<Row, 'what'>;

type Check = (model: NicModel, device: NicLimits, nic: NicPlan) => Judgement | undefined;

const fewer = {
  device: 'smaller devices of the model have fewer',
  peer: 'the other end decides',
  config: 'the driver tells what was asked of it',
} as const;

const queues: Check = ({ maxQueues, fewerQueues }, { rx_queues, tx_queues }, nic) => {
  const has = Math.min(rx_queues, tx_queues);
  const planned = `${maxQueues.value} pairs`;
  const found = `${rx_queues} to receive, ${tx_queues} to send`;
  if (has >= maxQueues.value) return { status: 'passed', planned, found };
  if (!fewerQueues || has < nic.queues.length) return { status: 'failed', planned, found };
  return { status: 'skipped', planned, found: `${found}: ${fewer[fewerQueues]}` };
};

const mtu: Check = ({ maxMtu }, device) => ({
  status: maxMtu.value <= device.mtu ? 'passed' : 'failed',
  planned: `at most ${maxMtu.value}`,
  found: `at most ${device.mtu}`,
});

function fits(ours: DescriptorLimits, { min, max, align }: NicLimits['rx_descriptors']): boolean {
  const step = ours.powerOfTwo ? ours.min : ours.multiple;
  return ours.min >= min && ours.max <= max && step % Math.max(1, align) === 0;
}

const descriptors: Check = ({ descriptors: ours }, { rx_descriptors: rx, tx_descriptors: tx }) => {
  if (!ours) return undefined;
  const range = ({ min, max, align }: typeof rx) => `${min} to ${max}${align > 1 ? ` in steps of ${align}` : ''}`;
  const step = ours.powerOfTwo ? ', powers of two' : ` in steps of ${ours.multiple}`;
  return {
    status: fits(ours, rx) && fits(ours, tx) ? 'passed' : 'failed',
    planned: `${ours.min} to ${ours.max}${step}`,
    found: `${range(rx)} to receive, ${range(tx)} to send`,
  };
};

const offloads: Check = ({ offloads: ours, offloadsDependOnPeer = false }, device) => {
  const claimed = ours.reduce((mask, offload) => mask | offloadBits[offload], 0);
  const lacks = claimed & ~device.offloads;
  const judgement = { planned: offloadNames(claimed), found: offloadNames(device.offloads) };
  if (lacks === 0) return { status: 'passed', ...judgement };
  if (!offloadsDependOnPeer) return { status: 'failed', ...judgement };
  return { status: 'skipped', ...judgement, found: `${judgement.found}: ${fewer.peer}` };
};

const spread: Check = ({ rss }, { spreads_flows, reta_entries }) => ({
  status: rss && !spreads_flows ? 'failed' : 'passed',
  planned: rss ? 'by RSS' : 'not by RSS',
  found: spreads_flows ? `by RSS, ${reta_entries || 'no'} entries in its table` : 'not by RSS',
});

const checks: Readonly<Record<string, Check>> = { queues, MTU: mtu, descriptors, offloads, spread };

/** limits undefined: the driver does not tell, and that is said. */
export function catalogueRows(nic: NicPlan, limits: NicLimits | undefined): Row[] {
  const what = (name: string) => `${nic.name}: catalogue of ${nic.model}: ${name}`;
  if (!limits) return [{ what: what('limits'), status: 'failed', found: 'the driver does not tell' }];
  return Object.entries(checks).flatMap(([name, check]) => {
    const judgement = check(nicModel(nic.model), limits, nic);
    return judgement ? [{ what: what(name), ...judgement }] : [];
  });
}
