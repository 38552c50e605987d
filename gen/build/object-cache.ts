/**
 * Which objects are up to date. Beside each object lies a record: a hash of everything that the compiler saw (its own
 * version, its arguments, the content of the source and of each header), the list of those headers, and the object's
 * symbols. No time stamps.
 */
import fs from 'node:fs';
import path from 'node:path';
import { sha256 } from './disk.ts';
import type { Symbols } from './symbols.ts';
import type { Unit } from './units.ts';

export interface ObjectRecord {
  readonly key: string;
  /** Absolute paths of the source and of every header it includes. */
  readonly inputs: readonly string[];
  readonly symbols: Symbols;
}

export class ObjectCache {
  readonly #directory: string;
  readonly #hashes = new Map<string, string>();

  /** directory holds the objects of one binary. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  object(unit: Unit): string {
    return path.join(this.#directory, `${unit.id}.o`);
  }

  /** The record of an object that is what compiling it again would make; otherwise undefined. */
  fresh(unit: Unit, command: readonly string[]): ObjectRecord | undefined {
    const record = this.#read(unit);
    if (!record || !fs.existsSync(this.object(unit))) return undefined;
    return this.key(command, record.inputs) === record.key ? record : undefined;
  }

  /** Hash of a command and of the content of its inputs. */
  key(command: readonly string[], inputs: readonly string[]): string {
    return sha256(JSON.stringify([command, inputs.map((file) => this.#hash(file))]));
  }

  store(unit: Unit, record: ObjectRecord): void {
    fs.writeFileSync(this.#recordPath(unit), JSON.stringify(record));
  }

  /** Removes the objects of units that are no more. */
  keepOnly(units: readonly Unit[]): void {
    const wanted = new Set(units.flatMap((unit) => [this.object(unit), this.#recordPath(unit)]));
    for (const entry of fs.readdirSync(this.#directory, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile() && !wanted.has(file)) fs.rmSync(file, { force: true });
    }
  }

  #recordPath(unit: Unit): string {
    return `${this.object(unit)}.json`;
  }

  #read(unit: Unit): ObjectRecord | undefined {
    try {
      return JSON.parse(fs.readFileSync(this.#recordPath(unit), 'utf8')) as ObjectRecord;
    } catch {
      return undefined;
    }
  }

  #hash(file: string): string {
    let hash = this.#hashes.get(file);
    if (hash === undefined) {
      hash = fs.existsSync(file) ? sha256(fs.readFileSync(file)) : 'missing';
      this.#hashes.set(file, hash);
    }
    return hash;
  }
}

/** Prerequisites of a make rule as gcc -MD writes it: names separated by blanks, a backslash before a blank in a name. */
export function parseDependencies(rule: string): string[] {
  const afterTarget = rule.replaceAll('\\\n', ' ').replace(/^[^:]*:\s/, '');
  const names = afterTarget.match(/(?:\\.|[^\s\\])+/g) ?? [];
  return names.map((name) => name.replace(/\\(.)/g, '$1').replaceAll('$$', '$'));
}
