/**
 * Two hosts and the wire between them, for remote pairs. Linux's ends are in network namespaces that are made here and
 * removed again; nothing outside them is touched.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './children.ts';
import type { Link, Remote, WireKind } from './pair.ts';
import { RunFailed } from './waiting.ts';

/** Of the hosts' ends. */
export const addresses = ['10.77.0.2', '10.77.0.1'] as const;
const prefixLength = 24;

/** Name of every end's interface: each is alone in its namespace. */
export const interfaceName = 'bp0';

const retryMilliseconds = 20;

export type HostIndex = 0 | 1;

/** Starts a process; it is ended with the run. */
type Start = (command: readonly string[]) => Child;

/** Where each host's namespace is: those of a TAP interface share one. */
const places: Record<WireKind, readonly [number, number] | undefined> = {
  veth: [0, 1],
  afxdp: [0, 1],
  tap: [0, 0],
  lossy: [0, 1],
  memif: undefined,
};

export class Wire {
  readonly #remote: Remote;
  readonly #memifSocket: string;
  readonly #namespaces: string[] = [];

  /** @param memifSocket path of the socket that a memif wire's first end makes. @throws RunFailed */
  constructor(remote: Remote, memifSocket: string) {
    this.#remote = remote;
    this.#memifSocket = memifSocket;
    fs.rmSync(memifSocket, { force: true });
    const name = `bypassgen-${randomBytes(6).toString('hex')}`;
    const count = new Set(places[remote.wire]).size;
    try {
      for (let i = 0; i < count; i++) this.#add(`${name}-${i}`);
      if (remote.wire === 'veth' || remote.wire === 'afxdp') this.#joinByVeth();
    } catch (error) {
      this.down();
      throw new RunFailed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Removes the namespaces, with all interfaces in them. Processes in them have ended, or are ending. */
  down(): void {
    for (const namespace of this.#namespaces.splice(0)) ip('netns', 'del', namespace);
  }

  /** What a command of this host begins with. */
  inside(host: HostIndex): readonly string[] {
    const namespace = this.#namespace(host);
    return namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  }

  /** Waits for what the runtime on this host makes for the other end. @throws RunFailed when it has ended */
  async appears(host: HostIndex, runtime: Child, limit: AbortSignal): Promise<void> {
    let over = false;
    void runtime.ended.then(() => {
      over = true;
    });
    while (!this.#isThere(host)) {
      if (over || limit.aborted) throw new RunFailed(`the runtime does not come up: ${runtime.errors().trim()}`);
      await sleep(retryMilliseconds);
    }
  }

  /** The runtimes are there: joins their interfaces with Linux's. */
  async join(link: Link | undefined, lossyLink: readonly string[], start: Start): Promise<void> {
    const { wire, hosts } = this.#remote;
    if (wire === 'tap') this.#configure(1);
    if (wire !== 'lossy' || !link) return;
    const ends = hosts.map((host, i) => {
      if (host === 'ours') this.#up(i as HostIndex);
      return `${host === 'ours' ? 'if' : 'tap'}:${this.#namespace(i as HostIndex)}/${interfaceName}`;
    });
    const { loss, reorder, delay, rate } = link;
    await start([...lossyLink, ...ends, ...[loss, reorder, delay, rate, 1].map(String)]).printed((text) =>
      text.startsWith('ready'),
    );
    for (const [i, host] of hosts.entries()) if (host === 'linux') this.#configure(i as HostIndex);
  }

  #add(namespace: string): void {
    ip('netns', 'add', namespace);
    this.#namespaces.push(namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }

  #namespace(host: HostIndex): string | undefined {
    const place = places[this.#remote.wire]?.[host];
    return place === undefined ? undefined : this.#namespaces[place];
  }

  #joinByVeth(): void {
    const [first = '', second = ''] = this.#namespaces;
    const peer = ['peer', 'name', interfaceName, 'netns', second];
    ip('-n', first, 'link', 'add', interfaceName, 'type', 'veth', ...peer);
    for (const [i, host] of this.#remote.hosts.entries())
      host === 'linux' ? this.#configure(i as HostIndex) : this.#up(i as HostIndex);
  }

  #configure(host: HostIndex): void {
    const where = ['-n', this.#namespace(host) ?? ''];
    ip(...where, 'addr', 'add', `${addresses[host]}/${prefixLength}`, 'dev', interfaceName);
    this.#up(host);
  }

  #up(host: HostIndex): void {
    ip('-n', this.#namespace(host) ?? '', 'link', 'set', interfaceName, 'up');
  }

  #isThere(host: HostIndex): boolean {
    if (this.#remote.wire === 'memif') return fs.existsSync(this.#memifSocket);
    try {
      ip('-n', this.#namespace(host) ?? '', 'link', 'show', interfaceName);
      return true;
    } catch {
      return false;
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Which project of remoteProjects a runtime on this host is. */
export const endName = (wire: WireKind, host: HostIndex): string => `${wire === 'lossy' ? 'tap' : wire}-${host}`;
