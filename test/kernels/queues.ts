/** What `conntrail check tcp-queue-length` tells in a guest of queues whose fill their owner knows (guest/queues.py). */
import { readFileSync } from 'node:fs';
import type {
  TcpAcceptMaximum,
  TcpQueue,
  TcpQueueMaximum,
} from '../../src/checks/tcp-queue-length/generated/tcp-queue.js';
import type { HeldQueues } from './result.js';

/** Records of the cgroup in which they were held. */
export function readQueues(path: string, { cgroup }: HeldQueues): TcpQueue[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"record":"tcp_queue"'))
    .map((line) => JSON.parse(line) as TcpQueue)
    .filter((record) => record.cgroup.path === cgroup);
}

/** Of the kinds of queues, those that some record has exactly as their owner does: while they were held, nothing moved. */
export function rightQueues(records: readonly TcpQueue[], held: HeldQueues): string[] {
  const { received, sent, ports, waiting, backlog, pid, name } = held;
  const isFill = (maximum: TcpQueueMaximum | null, bytes: number, port: number): boolean => {
    const { queued_bytes: queued, buffer_bytes: buffer, permille, connection } = maximum ?? {};
    const owner = connection?.process;
    const whole = permille === Math.floor((1000 * bytes) / (buffer ?? 0));
    return queued === bytes && whole && connection?.local_port === port && owner?.pid === pid && owner.name === name;
  };
  const isCrowd = (maximum: TcpAcceptMaximum | null): boolean => {
    const { listener } = maximum ?? {};
    const owner = listener?.process;
    const full = maximum?.waiting === waiting && maximum.backlog === backlog;
    return full && listener?.port === ports.listener && owner?.pid === pid && owner.name === name;
  };
  return [
    ...(records.some(({ receive }) => isFill(receive, received, ports.reader)) ? ['receive'] : []),
    ...(records.some(({ send }) => isFill(send, sent, ports.writer)) ? ['send'] : []),
    ...(records.some(({ accept }) => isCrowd(accept)) ? ['accept'] : []),
  ];
}
