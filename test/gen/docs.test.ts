import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generatedDocs } from '../../gen/docs/generated-docs.ts';
import { parseActing, parseRemembered, parseSystemCalls } from '../../gen/docs/syscalls-page.ts';
import { nicModel, nicModelNames } from '../../gen/hardware/nics.ts';

const root = path.resolve(import.meta.dirname, '../..');

it.each(generatedDocs().map((doc) => [doc.path, doc.content]))('%s is what npm run docs writes', (file, content) => {
  expect(fs.readFileSync(path.join(root, file), 'utf8')).toBe(content);
});

it('every reason for which the stack drops packets is documented', () => {
  const list = fs.readFileSync(path.join(root, 'runtime-c/net/drop.def'), 'utf8');
  const page = fs.readFileSync(path.join(root, 'docs/network.md'), 'utf8');
  const reasons = [...list.matchAll(/^BP_DROP\(\w+, "(\w+)",/gm)].map(([, name]) => name);
  expect(reasons.length).toBeGreaterThan(30);
  for (const reason of reasons) expect(page).toContain(`| \`${reason}\` |`);
});

it('every dependency is documented', () => {
  const { dependencies, devDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const page = fs.readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
  for (const name of Object.keys({ ...dependencies, ...devDependencies }))
    expect(page).toMatch(new RegExp(`^\\| ${name} +\\|`, 'm'));
});

it.each(nicModelNames)('the figures of %s have sources, and its PCI ids are its own', (name) => {
  const model = nicModel(name);
  expect(model.maxQueues.source.length).toBeGreaterThan(10);
  expect(model.maxMtu.source.length).toBeGreaterThan(10);
  for (const id of model.pciIds) {
    expect(id).toMatch(/^[0-9a-f]{4}:[0-9a-f]{4}$/);
    expect(nicModelNames.filter((other) => nicModel(other).pciIds.includes(id))).toEqual([name]);
  }
  expect(model.attach === 'pci').toBe(model.pciIds.length > 0);
});

it('a line that is not of the form of the table of system calls is an error', () => {
  expect(() => parseSystemCalls('BP_EMULATED(  0, read, NUM, A(FD, fd)')).toThrow('BP_EMULATED(  0, read');
  expect(() => parseSystemCalls('BP_OTHER(  0, read, NUM, A(FD, fd))')).toThrow('BP_OTHER');
});

it('finds every socket option of the tables', () => {
  const read = (name: string) => fs.readFileSync(new URL(`../../runtime-c/socket/${name}`, import.meta.url), 'utf8');
  const remembered = read('sockopt.def');
  const acting = read('sockopt.c');
  expect(parseRemembered(remembered)).toHaveLength(remembered.match(/^BP_SOCKOPT_/gm)?.length ?? 0);
  expect(parseActing(acting)).toHaveLength(acting.match(/^ {4}\{(SOL|IPPROTO)_/gm)?.length ?? 0);
  expect(parseActing(acting)).toContainEqual({ level: 'SOL_SOCKET', name: 'SO_LINGER', answer: 'emulated: acts' });
});
