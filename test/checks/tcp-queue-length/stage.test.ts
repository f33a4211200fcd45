import { beforeEach, expect, test } from 'vitest';
import { TCP_QUEUE_LENGTH } from '../../../src/checks/tcp-queue-length/feature.js';
import { FEATURE, FLAG, KIND } from '../../../src/checks/tcp-queue-length/layout.gen.js';
import { IdentityCheck } from '../../../src/ledger/identities.js';
import { RecordCounts } from '../../../src/ledger/record-counts.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { Pipeline } from '../../../src/pipeline/pipeline.js';
import { FrameStream } from '../../support/frames.js';
import { ListWriter } from '../../support/list-writer.js';
import { queue } from './queue-bytes.js';

const S = 1e9;
const WALL = 1_700_000_000_000_000;
const CONTAINER = 'ab'.repeat(32);

let writer: ListWriter;
let stream: FrameStream;

beforeEach(() => {
  writer = new ListWriter();
  const features = [{ feature: TCP_QUEUE_LENGTH as Feature, options: TCP_QUEUE_LENGTH.options.parse({}) }];
  const pipeline = new Pipeline({ host: 'test', bootId: 'b', features, clients: [writer.client] });
  stream = new FrameStream((view) => pipeline.push(view));
  stream.clock(10 * S, WALL);
});

/** Ends the run; the ledger's row of it. */
function row(samples: number, records: number, given = samples) {
  const counts = { attempted: samples, emitted: samples, read: samples, enqueued: samples };
  stream.account({ feature: FEATURE, ...counts, final: 1 });
  stream.flush(30 * S, { final: true });
  const check = new IdentityCheck();
  const found = new RecordCounts();
  found.add('tcp_queue', records, given);
  check.ledger(writer.ledgers[0]!, found);
  expect(check.end(new RecordCounts())).toEqual([]);
  return writer.ledgers[0]!.accounts[0];
}

const at = (seconds: number): string => new Date((WALL + seconds * 1e6) / 1000).toISOString().replace('Z', '000Z');

test('a record for each cgroup: its fullest queues, whose they are, and what it stands for', () => {
  const receive = {
    samples: 700,
    bootNs: 12.5 * S,
    permille: 1250,
    queued: 5_000_000,
    limit: 4_000_000,
    pid: 42,
    comm: 'slow',
    local: [10, 0, 0, 1],
    localPort: 8080,
    remote: [10, 0, 0, 2],
    remotePort: 5000,
    netnsCookie: 3n,
    cookie: 0xffff_ffff_ffff_fff0n,
  };
  const accept = {
    samples: 3,
    bootNs: 13 * S,
    permille: 1007,
    queued: 129,
    limit: 128,
    pid: 43,
    comm: 'full',
    local: [...new Array(15).fill(0), 0],
    localPort: 443,
  };
  const names = [`docker-${CONTAINER}.scope`, 'system.slice'];
  const frame = queue({ beginNs: 11 * S, endNs: 14 * S, cgroup: 77n, names, receive, accept });
  stream.add(KIND.queue, frame, 703);
  expect(writer.others).toEqual([
    {
      record: 'tcp_queue',
      host: 'test',
      boot_id: 'b',
      run: 0,
      seq: 1,
      begin: at(11),
      end: at(14),
      cgroup: {
        id: 77,
        path: `/system.slice/docker-${CONTAINER}.scope`,
        container: { id: CONTAINER, runtime: 'docker' },
      },
      samples: 703,
      sampled: false,
      receive: {
        samples: 700,
        permille: 1250,
        queued_bytes: 5_000_000,
        buffer_bytes: 4_000_000,
        connection: {
          time: at(12.5),
          local_address: '10.0.0.1',
          local_port: 8080,
          remote_address: '10.0.0.2',
          remote_port: 5000,
          netns_inode: 4026531840,
          netns_cookie: 3,
          cookie: -16,
          process: { pid: 42, name: 'slow' },
        },
      },
      send: null,
      accept: {
        samples: 3,
        permille: 1007,
        waiting: 129,
        backlog: 128,
        listener: {
          time: at(13),
          address: '::',
          port: 443,
          netns_inode: 4026531840,
          netns_cookie: null,
          cookie: null,
          process: { pid: 43, name: 'full' },
        },
      },
    },
  ]);
  expect(row(703, 1)).toMatchObject({ feature: 'tcp_queue_length', unit: 'samples', enqueued: 703, given: 703 });
});

test('empty queues are a maximum of 0, nobody’s; what is not known is null', () => {
  const frame = queue({ beginNs: 11 * S, endNs: 14 * S, flags: FLAG.sampled, send: { samples: 5 } });
  stream.add(KIND.queue, frame, 5);
  const empty = { samples: 5, permille: 0, queued_bytes: 0, buffer_bytes: null, connection: null };
  expect(writer.others).toMatchObject([
    { cgroup: { id: 1, path: null, container: null }, sampled: true, receive: null, send: empty, accept: null },
  ]);
  row(5, 1);
});

test('what cannot be is counted', () => {
  const good = queue({ beginNs: 11 * S, endNs: 14 * S, send: { samples: 5 } });
  // Another number of samples than it says, a time beyond all, half a frame.
  stream.add(KIND.queue, good, 6);
  stream.add(KIND.queue, queue({ beginNs: 2 ** 61, endNs: 14 * S, send: { samples: 5 } }), 5);
  stream.add(KIND.queue, good.subarray(8), 5);
  // Told before.
  stream.add(KIND.queue, good, 0);
  expect(writer.others).toEqual([]);
  expect(row(16, 0, 0)).toMatchObject({ given: 0, discarded: { invalid_frame: 5, impossible: 11 } });
});
