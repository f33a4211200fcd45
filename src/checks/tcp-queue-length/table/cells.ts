import { putIpv4, putIpv6 } from '../../../encoding/address-text.js';
import { nameEnd } from '../../../encoding/process-name.js';
import { safeText } from '../../../encoding/safe-text.js';
import { u64 } from '../../../frames/words.js';
import { ellipsizeEnd, ellipsizeMiddle } from '../../../table/text.js';
import { timeOfDay } from '../../../table/time.js';
import { COMM_LENGTH, INET, PEAK, TCP_QUEUE } from '../layout.gen.js';
import type { TcpQueueSource } from '../tcp-queue-source.js';

/** Of what was not looked at, or is not known. */
const UNKNOWN = '-';

/** Where each kind of queue stands in `struct ct_tcp_queue`. */
export const RECEIVE = TCP_QUEUE.peaks_receive_samples;
export const SEND = TCP_QUEUE.peaks_send_samples;
export const ACCEPT = TCP_QUEUE.peaks_accept_samples;

/** A full queue, ‰. */
const FULL = 1000;

const u32 = ({ u32, base }: TcpQueueSource, offset: number): number => u32[(base + offset) >>> 2]!;
const u16 = ({ u8, base }: TcpQueueSource, offset: number): number =>
  u8[base + offset]! | (u8[base + offset + 1]! << 8);

/** When the interval ended. */
export function time({ wallOffsetUs, u32, base }: TcpQueueSource, width: number): string {
  const bootUs = Math.floor(u64(u32, (base + TCP_QUEUE.end_ns) >>> 2) / 1000);
  return timeOfDay(new Date((bootUs + wallOffsetUs) / 1000), width);
}

/** The container where there is one; both ends of a path tell something. */
export function cgroup({ container, path }: TcpQueueSource, width: number): string {
  if (container !== null && container.length + 4 > width) return ellipsizeEnd(container, width);
  return ellipsizeMiddle(path ?? UNKNOWN, width);
}

/** How full at most, in per cent. @param place of the kind of queue */
export function fill(queue: TcpQueueSource, place: number): string {
  const samples = u64(queue.u32, (queue.base + place + PEAK.samples) >>> 2);
  if (samples === 0) return UNKNOWN;
  const permille = u32(queue, place + PEAK.permille);
  return permille < 10 * FULL ? `${(permille / 10).toFixed(1)}%` : `${Math.floor(permille / 10)}%`;
}

/** Connections that waited for accept at most, of how many may. */
export function waiting(queue: TcpQueueSource): string {
  const samples = u64(queue.u32, (queue.base + ACCEPT + PEAK.samples) >>> 2);
  if (samples === 0) return UNKNOWN;
  const queued = u32(queue, ACCEPT + PEAK.queued);
  return queued === 0 ? '0' : `${queued}/${u32(queue, ACCEPT + PEAK.limit)}`;
}

/** The kind of queue that was fullest; null: all were empty. */
function fullest(queue: TcpQueueSource): number | null {
  const [first, ...others] = [RECEIVE, SEND, ACCEPT].filter((place) => u32(queue, place + PEAK.queued) > 0);
  if (first === undefined) return null;
  const permille = (place: number): number => u32(queue, place + PEAK.permille);
  return others.reduce((most, place) => (permille(place) > permille(most) ? place : most), first);
}

/** Whether a queue was full. */
export function isFull(queue: TcpQueueSource): boolean {
  const place = fullest(queue);
  return place !== null && u32(queue, place + PEAK.permille) >= FULL;
}

/** `name(pid)` of the process that had the fullest queue, the name cut where it would not fit. */
export function process(queue: TcpQueueSource, width: number): string {
  const place = fullest(queue);
  if (place === null) return UNKNOWN;
  const id = `(${u32(queue, place + PEAK.pid)})`;
  const at = queue.base + place + PEAK.comm;
  const name = safeText(queue.u8.subarray(at, nameEnd(queue.u8, at, COMM_LENGTH)));
  return ellipsizeEnd(name, width - id.length) + id;
}

/** The other end of the connection that had the fullest queue; of a listener its own, with an `l` before it. */
export function peer(queue: TcpQueueSource, width: number): string {
  const place = fullest(queue);
  if (place === null) return UNKNOWN;
  const [end, port, mark] =
    place === ACCEPT ? [PEAK.local_address, PEAK.local_port, 'l:'] : [PEAK.remote_address, PEAK.remote_port, ''];
  const tail = `:${u16(queue, place + port)}`;
  return mark + ellipsizeMiddle(address(queue, place, end), width - tail.length - mark.length) + tail;
}

function address(queue: TcpQueueSource, place: number, end: number): string {
  const { u8, base } = queue;
  const text = new Uint8Array(64);
  if (u8[base + place + PEAK.family] === INET) {
    return Buffer.from(text.subarray(0, putIpv4(text, 0, u32(queue, place + end)))).toString('latin1');
  }
  const length = putIpv6(text, 0, u8, base + place + end);
  return `[${Buffer.from(text.subarray(0, length)).toString('latin1')}]`;
}
