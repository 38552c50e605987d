/** struct tcp_info of Linux (<linux/tcp.h>), as far as the runtime fills it in. */

const milli = 1000;
const unlimited = 2 ** 63;

/** Number, offset and size of each field that is a number; times in microseconds where not said otherwise. */
const fields = {
  retransmits: ['u8', 2],
  probes: ['u8', 3],
  backoff: ['u8', 4],
  rto: ['u32', 8],
  ato: ['u32', 12],
  sendMss: ['u32', 16],
  receiveMss: ['u32', 20],
  /** Segments. */
  unacked: ['u32', 24],
  sacked: ['u32', 28],
  lost: ['u32', 32],
  /** Segments sent again that are on the way. */
  retransmitting: ['u32', 36],
  /** Milliseconds since then. */
  lastDataSent: ['u32', 44],
  lastDataReceived: ['u32', 52],
  lastAckReceived: ['u32', 56],
  pathMtu: ['u32', 60],
  receiveWindow: ['u32', 64],
  rtt: ['u32', 68],
  rttVariance: ['u32', 72],
  /** Segments. */
  slowStartThreshold: ['u32', 76],
  congestionWindow: ['u32', 80],
  advertisedMss: ['u32', 84],
  reordering: ['u32', 88],
  receiveSpace: ['u32', 96],
  /** Segments, ever. */
  retransmitted: ['u32', 100],
  /** Bytes a second; 0: not paced. */
  pacingRate: ['u64', 104],
  bytesAcked: ['u64', 120],
  bytesReceived: ['u64', 128],
  segmentsSent: ['u32', 136],
  segmentsReceived: ['u32', 140],
  notSentBytes: ['u32', 144],
  minRtt: ['u32', 148],
  dataSegmentsReceived: ['u32', 152],
  dataSegmentsSent: ['u32', 156],
  /** Bytes a second. */
  deliveryRate: ['u64', 160],
  delivered: ['u32', 192],
  bytesSent: ['u64', 200],
  bytesRetransmitted: ['u64', 208],
  dsackDuplicates: ['u32', 216],
  reorderingSeen: ['u32', 220],
  outOfOrder: ['u32', 224],
  sendWindow: ['u32', 228],
} as const satisfies Record<string, readonly ['u8' | 'u32' | 'u64', number]>;

const options = [
  ['timestamps', 1],
  ['sack', 2],
  ['windowScaling', 4],
  ['ecn', 8],
] as const;

const congestionStates = ['open', 'disorder', 'cwr', 'recovery', 'loss'] as const;

export type TcpInfo = Readonly<Record<keyof typeof fields, number>> & {
  readonly congestionState: (typeof congestionStates)[number];
  readonly options: readonly (typeof options)[number][0][];
  readonly sendScale: number;
  readonly receiveScale: number;
  readonly appLimited: boolean;
};

/** What is beyond the bytes given counts as 0, as with a kernel that knows less. */
export function tcpInfoOf(bytes: Buffer): TcpInfo {
  const number = (size: 'u8' | 'u32' | 'u64', at: number): number => {
    if (at + { u8: 1, u32: 4, u64: 8 }[size] > bytes.length) return 0;
    if (size === 'u8') return bytes[at] as number;
    return size === 'u32' ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at));
  };
  const numbers = Object.fromEntries(
    Object.entries(fields).map(([name, [size, at]]) => [name, number(size, at)]),
  ) as Record<keyof typeof fields, number>;
  const optionBits = number('u8', 5);
  const scales = number('u8', 6);
  return {
    ...numbers,
    pacingRate: numbers.pacingRate < unlimited ? numbers.pacingRate : 0,
    congestionState: congestionStates[number('u8', 1)] ?? 'open',
    options: options.flatMap(([name, bit]) => (optionBits & bit ? [name] : [])),
    sendScale: scales & 15,
    receiveScale: scales >> 4,
    appLimited: (number('u8', 7) & 1) !== 0,
  };
}

const noThreshold = 2 ** 31 - 1;

/** Three digits after the point at most, none that are zero. */
const milliseconds = (microseconds: number): string => `${Math.round(microseconds) / milli}`;
const rate = (bytesPerSecond: number): string => `${Math.round(bytesPerSecond * 8)}bps`;

/** What follows a connection with -i: the words of ss, in its order. */
export function infoText(congestion: string, info: TcpInfo): string {
  const word = (name: string, value: number | string, shown = true) => (shown ? [`${name}:${value}`] : []);
  const sendRate = info.rtt ? (info.congestionWindow * info.sendMss * 1e6) / info.rtt : 0;
  const option = { timestamps: 'ts', sack: 'sack', windowScaling: '', ecn: 'ecn' } as const;
  return [
    ...info.options.map((name) => option[name]).filter(Boolean),
    congestion,
    ...word('wscale', `${info.sendScale},${info.receiveScale}`, info.options.includes('windowScaling')),
    ...word('rto', milliseconds(info.rto)),
    ...word('backoff', info.backoff, info.backoff > 0),
    ...word('rtt', `${milliseconds(info.rtt)}/${milliseconds(info.rttVariance)}`, info.rtt > 0),
    ...word('ato', milliseconds(info.ato)),
    ...word('mss', info.sendMss),
    ...word('pmtu', info.pathMtu),
    ...word('rcvmss', info.receiveMss),
    ...word('advmss', info.advertisedMss),
    ...word('cwnd', info.congestionWindow),
    ...word('ssthresh', info.slowStartThreshold, info.slowStartThreshold < noThreshold),
    ...word('bytes_sent', info.bytesSent, info.bytesSent > 0),
    ...word('bytes_retrans', info.bytesRetransmitted, info.bytesRetransmitted > 0),
    ...word('bytes_acked', info.bytesAcked, info.bytesAcked > 0),
    ...word('bytes_received', info.bytesReceived, info.bytesReceived > 0),
    ...word('segs_out', info.segmentsSent, info.segmentsSent > 0),
    ...word('segs_in', info.segmentsReceived, info.segmentsReceived > 0),
    ...word('data_segs_out', info.dataSegmentsSent, info.dataSegmentsSent > 0),
    ...word('data_segs_in', info.dataSegmentsReceived, info.dataSegmentsReceived > 0),
    ...(sendRate ? [`send ${rate(sendRate)}`] : []),
    ...word('lastsnd', info.lastDataSent, info.lastDataSent > 0),
    ...word('lastrcv', info.lastDataReceived, info.lastDataReceived > 0),
    ...word('lastack', info.lastAckReceived, info.lastAckReceived > 0),
    ...(info.pacingRate > 0 ? [`pacing_rate ${rate(info.pacingRate)}`] : []),
    ...(info.deliveryRate ? [`delivery_rate ${rate(info.deliveryRate)}`] : []),
    ...word('delivered', info.delivered, info.delivered > 0),
    ...(info.appLimited ? ['app_limited'] : []),
    ...word('unacked', info.unacked, info.unacked > 0),
    ...word('retrans', `${info.retransmitting}/${info.retransmitted}`, info.retransmitted > 0),
    ...word('lost', info.lost, info.lost > 0),
    ...word('sacked', info.sacked, info.sacked > 0),
    ...word('dsack_dups', info.dsackDuplicates, info.dsackDuplicates > 0),
    ...word('reord_seen', info.reorderingSeen, info.reorderingSeen > 0),
    ...word('rcv_space', info.receiveSpace, info.receiveSpace > 0),
    ...word('notsent', info.notSentBytes, info.notSentBytes > 0),
    ...word('minrtt', milliseconds(info.minRtt), info.minRtt > 0 && info.minRtt < 2 ** 32 - 1),
    ...word('rcv_ooopack', info.outOfOrder, info.outOfOrder > 0),
    ...word('snd_wnd', info.sendWindow, info.sendWindow > 0),
  ].join(' ');
}
