/** The types of a generated package's `net`: what node:net offers, as far as it makes sense in memory. */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

export interface SocketAddress {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
}

/** A connection to a program of the runtime. Events as of net.Socket: connect, ready, data, end, timeout, error, close. */
export interface Socket extends Duplex {
  readonly connecting: boolean;
  readonly pending: boolean;
  readonly readyState: 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed';
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Undefined before the connection is made. */
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: 'IPv4' | 'IPv6' | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localFamily: 'IPv4' | 'IPv6' | undefined;
  readonly localPort: number | undefined;
  readonly timeout: number | undefined;
  address(): SocketAddress | Record<string, never>;
  /** There is no delay in memory: accepted, without effect. */
  setNoDelay(noDelay?: boolean): this;
  /** A peer that dies is noticed at once: accepted, without effect. */
  setKeepAlive(enable?: boolean, initialDelay?: number): this;
  /** Emits 'timeout' after so many idle milliseconds; 0: never. */
  setTimeout(milliseconds: number, onTimeout?: () => void): this;
  ref(): this;
  unref(): this;
  /** Ends after what was written is taken. */
  destroySoon(): void;
  /** The program sees ECONNRESET. */
  resetAndDestroy(): this;
}

export interface SocketOptions {
  /** Stay open for writing when the program has ended its side; default false. */
  readonly allowHalfOpen?: boolean;
  /** Of the runtime; default: as of connect() of the package. */
  readonly runDirectory?: string;
}

/** To a port, or to the first port of a program. */
export type ConnectOptions<Port extends number, ProgramName extends string> = SocketOptions &
  (
    | { readonly port: Port; readonly program?: undefined }
    | { readonly program: ProgramName; readonly port?: undefined }
  );

export interface ServerOptions extends SocketOptions {
  /** Connections begin paused; default false. */
  readonly pauseOnConnect?: boolean;
}

/** A listener that programs of the runtime connect to. Events as of net.Server: listening, connection, error, close. */
export interface Server extends EventEmitter {
  readonly listening: boolean;
  /** More are reset at once. */
  maxConnections: number | undefined;
  /** On all addresses of this machine; port 0: any free one. */
  listen(port?: number, onListening?: () => void): this;
  listen(options: { readonly port?: number }, onListening?: () => void): this;
  /** Takes no more connections, and is closed when those it has are. */
  close(onClose?: (error?: Error) => void): this;
  address(): SocketAddress | null;
  getConnections(callback: (error: Error | null, count: number) => void): this;
  ref(): this;
  unref(): this;
}
