/**
 * Every emulated card, driven by DPDK in a guest, against Linux at the other end of the wire. `npm test` boots the first
 * of them; BYPASSGEN_HARDWARE=all all.
 */
import { describe, expect, it } from 'vitest';
import { buildPeer, peerAnswer } from '../../gen/verify/jobs/peer.ts';
import { wireJob } from '../../gen/verify/jobs/wire-job.ts';
import { emulatedModels, userDrivers } from '../../gen/verify/models.ts';
import { boot, everything, host, unavailable } from './helpers.ts';

const pairs = emulatedModels.flatMap((row) => userDrivers.map((driver) => ({ row, driver, model: row.model })));
const quick = pairs.filter(({ model, driver }) => model === 'vmxnet3' && driver === 'vfio-pci');

describe.skipIf(unavailable)(unavailable ? `a wire (skipped: ${unavailable})` : 'a wire', () => {
  it.for(everything ? pairs : quick)('$model with $driver', { timeout: 200_000 }, async ({ row, driver }, { skip }) => {
    const { qemu } = host();
    if (qemu.major < row.qemuSince) skip(`QEMU ${qemu.version} has no ${row.model}: ${row.qemuSince} is needed`);
    const excluded = row.excluded[driver];
    if (excluded) skip(excluded);
    const peer = await buildPeer(process.env);
    if ('code' in peer) throw new Error(peer.message);
    const result = await boot(wireJob(row, driver, 'testpmd.sh', peer));
    expect(result, result.console.slice(-40).join('\n')).toMatchObject({ ending: 'done', status: 0 });
    expect(Object.fromEntries(result.found)).toMatchObject({
      id: row.pciId,
      bound: driver,
      ping: '5 of 5 answered',
      udp: peerAnswer,
    });
  });
});
