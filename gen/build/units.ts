/** What is compiled into a binary. */
import fs from 'node:fs';
import path from 'node:path';
import { type CodeKind, floors } from './flags.ts';

export interface Unit {
  /** Stable name, relative to the folder of objects: floor/file.c. */
  readonly id: string;
  /** Absolute path of the source. */
  readonly source: string;
  readonly kind: CodeKind;
}

/** The generic binary's tables; the specialised binary has generated ones instead. */
const genericTables = 'main/tables_generic.c';

export interface UnitSelection {
  readonly runtime: string;
  /** The generated tables; undefined for the generic binary. */
  readonly tables?: string | undefined;
  /** The generated tables of NICs, the same for both binaries: hardware is a fact. Undefined: no floor for NICs. */
  readonly nics: string | undefined;
}

/** Every .c and .S of the floors that the binary needs; sorted, so that the link order is always the same. */
export function listUnits({ runtime, tables, nics }: UnitSelection): Unit[] {
  const units = floors
    .filter((floor) => nics !== undefined || !floor.nicsOnly)
    .flatMap(({ name, kind }) =>
      sourcesIn(path.join(runtime, name)).map((file) => ({
        id: `${name}/${file}`,
        source: path.join(runtime, name, file),
        kind,
      })),
    )
    .filter((unit) => !tables || unit.id !== genericTables);
  if (tables) units.push({ id: 'generated/bp_tables.c', source: tables, kind: 'host' });
  if (nics) units.push({ id: 'generated/bp_nics.c', source: nics, kind: 'host' });
  return units.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sourcesIn(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  return fs.readdirSync(directory).filter((file) => /\.[cS]$/.test(file));
}
