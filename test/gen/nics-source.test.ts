/**
 * The sources that the catalogue of NICs names are there, and say what it says. Needs DPDK's own source, which no package
 * installs: BYPASSGEN_DPDK_SOURCE names the folder (apt-get source dpdk). What must hold without it is tested too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type NicModel, nicModel, nicModelNames } from '../../gen/hardware/nics.ts';

const source = process.env['BYPASSGEN_DPDK_SOURCE'] ?? '';

interface Claim {
  readonly what: string;
  readonly source: string;
  /** The numbers that the source has to give, as far as they are numbers. */
  readonly values: readonly number[];
}

function claimsOf(model: NicModel): Claim[] {
  const figures = { queues: model.maxQueues, MTU: model.maxMtu, packets: model.ownPackets };
  const { descriptors: rings, receive, offloadSource } = model;
  return [
    ...Object.entries(figures).flatMap(([what, figure]) =>
      figure ? [{ what, source: figure.source, values: [figure.value] }] : [],
    ),
    { what: 'offloads', source: offloadSource, values: [] },
    ...(rings ? [{ what: 'descriptors', source: rings.source, values: [rings.min, rings.max] }] : []),
    ...(receive ? [{ what: 'receive function', source: receive.source, values: [] }] : []),
  ];
}

/** 'DPDK path: NAME, NAME (text); ...' */
function citations(text: string): { file: string; names: string[] }[] {
  return [...text.matchAll(/DPDK ((?:drivers|lib|config)\/[^:; ]+): ([^;]*)/g)].map(([, file = '', rest = '']) => ({
    file,
    names: [...rest.matchAll(/(?:^|, )(\w*_\w+)/g)].map(([, name = '']) => name),
  }));
}

const models = nicModelNames.flatMap((name) =>
  claimsOf(nicModel(name)).map((claim) => [`${name}: ${claim.what}`, claim] as const),
);

describe('every figure of the catalogue', () => {
  it.each(models)('%s has a source', (_, claim) => {
    const elsewhere = /^(IEEE|Intel|Linux|virtio|Amazon) .*(:|,)/.test(claim.source);
    expect(elsewhere || citations(claim.source).some(({ names }) => names.length > 0), claim.source).toBe(true);
    // A path without names after it would not be looked up.
    expect(citations(claim.source).length, claim.source).toBe(
      claim.source.split(/DPDK (?=drivers|lib|config)/).length - 1,
    );
  });
});

/** Numbers that the file defines under the name, or under the one that it stands for. */
function defined(file: string, name: string, depth = 0): number | undefined {
  const text = fs.readFileSync(path.join(source, file), 'utf8');
  const [, body = ''] = new RegExp(`^#\\s*define\\s+${name}\\s+\\(?(\\w+)\\)?`, 'm').exec(text) ?? [];
  const number = /^(0x[0-9a-f]+|\d+)U?$/i.exec(body)?.[1];
  if (number !== undefined) return Number(number);
  return body && depth < 3 ? defined(file, body, depth + 1) : undefined;
}

describe.skipIf(!source)(`DPDK's source${source ? '' : ' (skipped: BYPASSGEN_DPDK_SOURCE names no folder)'}`, () => {
  it.each(models)('%s', (_, claim) => {
    const numbers: number[] = [];
    for (const { file, names } of citations(claim.source)) {
      const text = fs.readFileSync(path.join(source, file), 'utf8');
      expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
      numbers.push(...names.flatMap((name) => defined(file, name) ?? []));
    }
    if (numbers.length === 0 || claim.values.length === 0) return;
    const less = Number(/, less (\d+)/.exec(claim.source)?.[1] ?? 0);
    const given = numbers.map((number) => (/LOG2/.test(claim.source) ? 2 ** number : number - less));
    const wanted = claim.what === 'descriptors' ? claim.values.slice(numbers.length > 1 ? 0 : -1) : claim.values;
    if (/^virtio /.test(claim.source)) return;
    expect(
      wanted.filter((value) => !given.includes(value)),
      `${claim.source}: ${given}`,
    ).toEqual([]);
  });
});
