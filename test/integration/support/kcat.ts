import { execFileSync } from 'node:child_process';
import type { Consumed } from './consumed.js';

/** Most bytes of what it prints. */
const MOST = 256 << 20;

/** All messages of a topic by partition, in their order, as kcat finds them. */
export function messagesByKcat(brokers: string, topic: string): Consumed[] {
  const args = ['-C', '-q', '-e', '-b', brokers, '-t', topic, '-o', 'beginning', '-f', '%p %o %K %S\n%k%s'];
  const bytes = execFileSync('kcat', args, { maxBuffer: MOST });
  const found: Consumed[] = [];
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf('\n', at);
    const [partition, offset, keyBytes, valueBytes] = bytes.toString('latin1', at, line).split(' ').map(Number);
    const value = line + 1 + keyBytes!;
    at = value + valueBytes!;
    found.push({
      partition: partition!,
      offset: offset!,
      key: bytes.toString('utf8', line + 1, value),
      value: bytes.subarray(value, at),
    });
  }
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
