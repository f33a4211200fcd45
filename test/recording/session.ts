import type { FrameView } from '../../src/frames/frame-view.js';
import { conn, FrameStream, openConn } from '../support/frames.js';

/** Wall clock of the session: 2026-11-20 08:12:03 UTC at boot. */
const WALL_US = 1_795_162_323_000_000n;
const SECOND = 1_000_000_000;

export interface SessionOptions {
  /** Intervals; each closes `perInterval` connections and flushes. */
  intervals: number;
  perInterval: number;
  /** Closed connections that the kernel side lost, told in the last counters. */
  lost?: number;
  /** Whether the final flush comes. */
  final?: boolean;
}

/** What a tracer's rings would have held: a session whose ledger closes. Prime numbers make mistakes show. */
export function session({ intervals, perInterval, lost = 0, final = true }: SessionOptions): FrameView[] {
  const stream = new FrameStream();
  let cookie = 0;
  let closed = 0;
  stream.clock(SECOND, WALL_US);
  for (let i = 1; i <= intervals; i++) {
    const now = i * SECOND;
    const records = Array.from({ length: perInterval }, () => {
      cookie++;
      return conn({
        cookie,
        comm: `proc-${cookie % 7}`,
        pid: 100 + (cookie % 7),
        local_port: 30_000 + cookie,
        remote_port: cookie % 2 === 0 ? 443 : 80,
        sent_bytes: 101 * cookie,
        received_bytes: 1_000_003 * cookie,
        sent_packets: 5,
        received_packets: 7,
        start_ns: now - SECOND / 2,
        end_ns: now,
        error: cookie % 11 === 0 ? 111 : 0,
      });
    });
    for (let from = 0; from < records.length; from += 22) {
      stream.batch(0, BigInt(i * 1000 + from), records.slice(from, from + 22));
    }
    closed += perInterval;
    stream.snapshot(now, i, [openConn({ cookie: 1_000_000, local_port: 22, sent_bytes: 13 * i, end_ns: now })]);
    const last = i === intervals;
    const gone = last ? lost : 0;
    stream.account({
      boot_ns: now,
      final: last && final ? 1 : 0,
      attempted: closed + gone,
      emitted: closed,
      lost_buffer_full: gone,
      read: closed,
      enqueued: closed,
    });
    stream.clock(now + SECOND, WALL_US);
    stream.flush(now + SECOND, { final: last && final });
  }
  return stream.frames;
}
