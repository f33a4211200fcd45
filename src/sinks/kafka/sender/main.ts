/**
 * The process that sends: begun with an IPC channel, on which it is told what to do and tells how it goes. Nothing is written to its standard
 * streams.
 * @module
 */
import { ConntrailError } from '../../../errors.js';
import { ORPHAN_MS, type SenderNews, type SenderOrder } from '../sender-protocol.js';
import { Sender } from './sender.js';

const EXIT = { done: 0, failed: 1 } as const;

let sender: Sender | null = null;

/** The channel may be gone: then nobody asks. */
function tell(news: SenderNews): void {
  if (process.connected) process.send!(news, undefined, undefined, () => {});
}

/** Ends when what was told has gone out. */
function leave(status: number): void {
  if (!process.connected) process.exit(status);
  process.send!({ kind: 'state', state: 'stopped' } satisfies SenderNews, () => process.exit(status));
}

async function begin(order: SenderOrder & { kind: 'begin' }): Promise<void> {
  sender = new Sender(order.settings, tell);
  try {
    await sender.run();
    leave(EXIT.done);
  } catch (error) {
    const { code, message } =
      error instanceof ConntrailError
        ? error
        : new ConntrailError('CONNTRAIL_KAFKA_SENDER', `the sender failed: ${(error as Error).stack}`);
    tell({ kind: 'trouble', code, sentence: message, fatal: true });
    leave(EXIT.failed);
  }
}

process.on('message', (order: SenderOrder) => {
  if (order.kind === 'begin') void begin(order);
  else if (sender === null) process.exit(EXIT.done);
  else sender.end(order.withinMs);
});
process.on('disconnect', () => {
  if (sender === null) process.exit(EXIT.done);
  else sender.end(ORPHAN_MS);
});
// It is told to end by the channel: a signal is for the whole group of processes, and the agent still has something to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
