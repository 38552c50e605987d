/** Guests boot, report, and end within their limits whatever happens in them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packCpio } from '../../gen/verify/guest/cpio.ts';
import { abandonGuests, runGuest } from '../../gen/verify/guest/guest.ts';
import { shellJob } from '../../gen/verify/guest/job.ts';
import { readModules } from '../../gen/verify/guest/modules.ts';
import { parseMessage, splitLines } from '../../gen/verify/guest/protocol.ts';
import { findQemu } from '../../gen/verify/guest/qemu.ts';
import { temporaryFolder, writeFiles } from '../gen/helpers/folders.ts';
import { boot, host, unavailable } from './helpers.ts';

const title = unavailable ? `a guest (skipped: ${unavailable})` : 'a guest';

describe.skipIf(unavailable)(title, () => {
  it('boots, runs a program of the host and reports', async () => {
    const script = 'tell found kernel $(uname -r); chroot /host /usr/bin/env true';
    const result = await boot(shellJob('true', script));
    expect(result).toMatchObject({ ending: 'done', status: 0, accelerator: 'tcg', release: host().kernel.release });
    expect(result.found.get('kernel')).toBe(host().kernel.release);
  });

  it('has protection keys', async () => {
    const script = 'tell found keys $(tr " " "\\n" </proc/cpuinfo | grep -x -e pku -e ospke | sort -u)';
    const result = await boot(shellJob('flags', script));
    expect(result.found.get('keys')).toBe('ospke pku');
  });

  it('reports the status of a job that fails, and what it printed', async () => {
    const result = await boot(shellJob('fails', 'echo what went wrong; exit 3'));
    expect(result).toMatchObject({ ending: 'done', status: 3 });
    expect(result.console).toContain('what went wrong');
  });

  it("cannot write to the host's files", async () => {
    const file = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(file, 'ours');
    const result = await boot(shellJob('writes', `mount -o remount,rw /host; ! echo theirs > /host${file}`));
    expect(result).toMatchObject({ ending: 'done', status: 0 });
    expect(fs.readFileSync(file, 'utf8')).toBe('ours');
  });

  it('that panics is told from one that ends', async () => {
    const result = await boot(shellJob('panics', 'echo c > /proc/sysrq-trigger'));
    expect(result.ending).toBe('panic');
    expect(result.status).toBeUndefined();
    expect(result.reason).toContain('sysrq triggered crash');
  });

  it('whose memory runs out is told from one that ends', async () => {
    const script = 'mkdir /fill; mount -t ramfs fill /fill; dd if=/dev/zero of=/fill/all bs=1M';
    const result = await boot(shellJob('fills', script));
    expect(result.ending).toBe('out of memory');
  });

  it('that hangs is stopped at its limit, with what it last printed', async () => {
    const result = await boot(shellJob('hangs', 'echo about to hang; while :; do sleep 1; done', { limitSeconds: 2 }));
    expect(result.ending).toBe('time limit');
    expect(result.console).toContain('about to hang');
  });

  it('that does not come up is stopped too', async () => {
    const result = await boot(
      shellJob('stuck', 'true', { kernelArguments: ['rdinit=/bin/none', 'panic=0'], bootSeconds: 4 }),
    );
    expect(result.ending).not.toBe('done');
    expect(result.release).toBeUndefined();
  });

  it('whose devices QEMU does not know ends with the words of QEMU', async () => {
    const result = await boot(shellJob('misbuilt', 'true', { devices: ['-device', 'no-such-device'] }));
    expect(result.ending).toBe('ended early');
    expect(result.console.join('\n')).toContain('no-such-device');
  });

  it('is gone when it is abandoned, and the files that it was made of', async () => {
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = temporaryFolder();
    try {
      const ended = await runGuest(host(), shellJob('left', 'sleep 1000'), { message: abandonGuests });
      expect(ended).toMatchObject({ ending: 'abandoned' });
      expect(fs.readdirSync(process.env['TMPDIR'])).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
  });
});

it('the lack of QEMU is told with the package that has it', () => {
  expect(findQemu({ PATH: '/nonexistent' })).toMatchObject({
    name: 'toolMissing',
    hint: 'apt-get install qemu-system-x86',
  });
});

it('modules come in an order in which they load, without what is built in', () => {
  const modules = temporaryFolder();
  writeFiles(modules, {
    'modules.dep': 'k/nic-core.ko:\nk/nic.ko: k/helper.ko k/nic-core.ko\nk/helper.ko: k/nic-core.ko\n',
    'modules.builtin': 'kernel/drivers/built-in-one.ko\n',
    'k/nic.ko': 'nic',
    'k/nic-core.ko': 'core',
    'k/helper.ko': 'helper',
  });
  const found = readModules({ release: 'x', image: '', modules }, ['built_in_one', 'nic'], {});
  expect(found).toMatchObject([{ name: 'nic_core' }, { name: 'helper' }, { name: 'nic' }]);
});

it('archives unpack to what went into them', () => {
  const folder = temporaryFolder();
  const content = Buffer.from('odd');
  const archive = packCpio([
    { path: 'a/b/file', content, executable: true },
    { path: 'other', content: Buffer.alloc(0), executable: false },
  ]);
  const { status } = spawnSync('busybox', ['cpio', '-i'], { cwd: folder, input: archive });
  expect(status).toBe(0);
  expect(fs.readFileSync(path.join(folder, 'a/b/file'))).toEqual(content);
  expect(fs.statSync(path.join(folder, 'a/b/file')).mode & 0o777).toBe(0o755);
  expect(fs.statSync(path.join(folder, 'other')).size).toBe(0);
});

describe('messages', () => {
  it('are parsed from lines', () => {
    expect(parseMessage('ready 6.1.0\r')).toEqual({ word: 'ready', text: '6.1.0' });
    expect(parseMessage('found ping 3 of 3')).toEqual({ word: 'found', name: 'ping', text: '3 of 3' });
    expect(parseMessage('end 7')).toEqual({ word: 'end', status: 7 });
  });

  it.each(['', 'end', 'end x', 'found', 'other 1', 'end 1234', 'constructor x', 'toString'])('none is %j', (line) => {
    expect(parseMessage(line)).toBeUndefined();
  });

  it('are made of pieces cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 }).filter((s) => !s.includes('\n'))), fc.nat(7), (lines, size) => {
        const stream = lines.map((line) => `${line}\n`).join('');
        const taken: string[] = [];
        const take = splitLines((line) => taken.push(line));
        for (let at = 0; at < stream.length; at += size + 1) take(stream.slice(at, at + size + 1));
        expect(taken).toEqual(lines);
      }),
    );
  });
});
