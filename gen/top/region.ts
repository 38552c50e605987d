/**
 * The statistics of a running binary (runtime-c/base/stats.h), read through /proc: the region is a memfd that the runtime
 * keeps open. It comes from a process of our own user, but maybe one of another version: everything is checked.
 */
import fs from 'node:fs';
import { counterName, type Row } from '../control/statistics.ts';

/** Every counter at one moment. */
export interface Snapshot {
  /** Milliseconds, of a clock that only goes forward. */
  readonly at: number;
  readonly workers: readonly Row[];
  /** In the order of the config. */
  readonly apps: readonly Row[];
}

export interface Region {
  /** @throws Error when the runtime has ended, or what it shows makes no sense. */
  read(): Snapshot;
  close(): void;
}

const MAGIC = 'bpstats\x01';
const NAME_BYTES = 32;
const LINK = '/memfd:bypassgen-stats (deleted)';
/** Far above any machine. */
const BYTES_MAX = 1 << 24;

/** @throws Error when the process has no such region, or is not ours to look into. */
export function openRegion(pid: number): Region {
  const folder = `/proc/${pid}/fd`;
  const isRegion = (name: string) => {
    try {
      return fs.readlinkSync(`${folder}/${name}`) === LINK;
    } catch {
      return false; // closed since we looked
    }
  };
  const name = fs.readdirSync(folder).find(isRegion);
  if (name === undefined) throw new Error(`process ${pid} shows no statistics`);
  const fd = fs.openSync(`${folder}/${name}`, 'r');
  const read = () => snapshotOf(readAll(fd), performance.now());
  return { read, close: () => fs.closeSync(fd) };
}

function readAll(fd: number): Buffer {
  const { size } = fs.fstatSync(fd);
  if (size > BYTES_MAX) throw new Error('its statistics have an impossible size');
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, fs.readSync(fd, bytes, 0, size, 0));
}

/** @throws Error saying what makes no sense. */
export function snapshotOf(bytes: Buffer, at: number): Snapshot {
  if (bytes.length < 32 || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new Error('its statistics are those of another version');
  const [headerBytes = 0, workerRows = 0, workerStats = 0, appRows = 0, appStats = 0] = [8, 12, 16, 20, 24].map(
    (offset) => bytes.readUInt32LE(offset),
  );
  const workersAt = headerBytes + (workerStats + appStats + appRows) * NAME_BYTES;
  const appsAt = workersAt + workerRows * workerStats * 8;
  if (headerBytes < 32 || appsAt + appRows * appStats * 8 > bytes.length)
    throw new Error('its statistics are shorter than their header says');
  const names = (offset: number, count: number) =>
    Array.from({ length: count }, (_, i) => nameAt(bytes, offset + i * NAME_BYTES));
  const workerNames = names(headerBytes, workerStats);
  const appNames = names(headerBytes + workerStats * NAME_BYTES, appStats);
  return {
    at,
    workers: rows(bytes, workersAt, workerRows, workerNames),
    apps: rows(bytes, appsAt, appRows, appNames),
  };
}

function nameAt(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  const name = bytes.toString('latin1', offset, Math.min(end < 0 ? bytes.length : end, offset + NAME_BYTES));
  if (!/^[a-z0-9_]+$/.test(name)) throw new Error("a counter's name in its statistics is malformed");
  return counterName(name);
}

const rows = (bytes: Buffer, offset: number, count: number, names: readonly string[]): Row[] =>
  Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      names.map((name, i) => [name, Number(bytes.readBigUInt64LE(offset + (row * names.length + i) * 8))]),
    ),
  );
