/**
 * Usage: foreign.mjs RECORDING NETNS_INODE
 *
 * Exits 1 when a frame holds a connection or a DNS message of another network namespace, the tracer's self-test aside. Reads the frames, not the records:
 * what the pipeline leaves out is in the file all the same.
 */
import { BATCH, CONN, KIND, SINGLE } from '../../dist/connections/layout.gen.js';
import { KIND as DNS_KIND, SEGMENT } from '../../dist/dns/layout.gen.js';
import { CORE_KIND, SELFTEST } from '../../dist/frames/layout.gen.js';
import { oursByAddress } from '../../dist/pipeline/self-test-address.js';
import { BlockCursor } from '../../dist/recording/block-cursor.js';
import { RecordingReader } from '../../dist/recording/recording-reader.js';

const [path, inode] = process.argv.slice(2);
const reader = await RecordingReader.open(path);
const cursor = new BlockCursor();
const own = new Set();
const foreign = new Set();

/** Where the connections of a frame lie: [first, count]. */
function connections({ kind, start, length, u32 }) {
  if (kind === KIND.batch || kind === KIND.pending) return [start + BATCH.records, u32[(start + BATCH.len) >>> 2]];
  if (kind === KIND.single) return [start + SINGLE.record, 1];
  return kind === KIND.snapshot ? [start, length / CONN.size] : [start, 0];
}

/** Name and pid of a process, where the kernel put them. */
function processOf(u8, view, name, pid) {
  const text = Buffer.from(u8.subarray(name, name + 16)).toString('latin1');
  return `${text.replace(/\0.*$/s, '')}(${view.getUint32(pid, true)})`;
}

for (let block = await reader.next(); block !== null; block = await reader.next()) {
  cursor.open(block);
  while (cursor.next()) {
    const { frame } = cursor;
    const view = new DataView(frame.u8.buffer, frame.u8.byteOffset);
    if (frame.kind === CORE_KIND.selftest) {
      for (let at = frame.start; at < frame.start + frame.length; at += SELFTEST.size)
        own.add(view.getBigUint64(at + SELFTEST.cookie, true));
    }
    if (frame.kind === DNS_KIND.segment || frame.kind === DNS_KIND.flags) {
      const { u8, u32, start } = frame;
      const addresses = [SEGMENT.local_address, SEGMENT.remote_address].map((at) => u32[(start + at) >>> 2]);
      const ports = [SEGMENT.local_port, SEGMENT.remote_port].map((at) => view.getUint16(start + at, true));
      if (
        oursByAddress(...addresses, ...ports) === 0 &&
        view.getUint32(start + SEGMENT.netns_inode, true) !== Number(inode)
      ) {
        foreign.add(`DNS of ${processOf(u8, view, start + SEGMENT.comm, start + SEGMENT.pid)}`);
      }
    }
    const [first, count] = connections(frame);
    // A whole page is sent: the records behind len are those of the batch before.
    const room = frame.kind === KIND.batch ? Math.floor((frame.length - BATCH.records) / CONN.size) : count;
    for (let i = 0; i < room; i++) {
      const at = first + i * CONN.size;
      const cookie = view.getBigUint64(at + CONN.cookie, true);
      if (cookie !== 0n && !own.has(cookie) && view.getUint32(at + CONN.netns_inode, true) !== Number(inode)) {
        foreign.add(processOf(frame.u8, view, at + CONN.comm, at + CONN.pid));
      }
    }
  }
}
await reader.close();
if (foreign.size > 0) {
  console.error(`connections or messages of others: ${[...foreign].join(', ')}`);
  process.exitCode = 1;
}
