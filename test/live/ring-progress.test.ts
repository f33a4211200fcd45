/** How far the reader of a BPF ring has come, as the pump sees it: by the ring's own positions, while the reader is at work, and while it waits. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type * as natives from '../../src/native/index.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { Segments } from './support/segments.js';

/** Nobody else's, and nobody listens there. */
// Below those that the kernel gives away.
const PORT = 15_363;
/** More than what finds room in the smallest shared ring. */
const MANY = 1000;
const RING_BYTES = 1 << 16;
const MESSAGE = Buffer.alloc(200);

async function send(socket: Socket, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve) => socket.send(MESSAGE, PORT, '127.0.0.1', () => resolve()));
  }
}

test('a ring has told what its reader has moved, and nothing that it could not', async (context) => {
  need(context, 'live', lacksLive());
  const { native } = (await import(`${CHECKOUT}dist/native/index.js`)) as typeof natives;
  const { RingProgress, bootNs } = native();
  const now = (): number => Number(bootNs());
  const segments = await Segments.start({ ports: [PORT] }, false, RING_BYTES);
  const progress = new RingProgress(segments.map);
  const socket = createSocket('udp4');
  try {
    socket.bind();
    await once(socket, 'listening');
    const first = now();
    expect(progress.told(), 'of an empty ring').toBeGreaterThanOrEqual(first);

    await send(socket, 1);
    const sent = now();
    await vi.waitFor(() => expect(progress.told()).toBeGreaterThanOrEqual(sent), { timeout: 5000 });

    await send(socket, MANY);
    const full = now();
    // Nobody empties the shared ring: however long that takes, the reader goes no further.
    await sleep(300);
    expect(progress.told()).toBeLessThan(full);
    expect(progress.told()).toBeLessThan(full);

    await segments.stop();
    expect(progress.told(), 'of one that was emptied').toBeGreaterThanOrEqual(full);
    expect(segments.all.filter(({ remote_port: port }) => port === PORT).length).toBeGreaterThan(MANY);
    progress.close();
    expect(progress.told(), 'of one that is not looked at any more').toBe(0);
  } finally {
    socket.close();
    await segments.stop();
  }
});

test('what is no ring has no positions', async (context) => {
  need(context, 'live', lacksLive());
  const { native } = (await import(`${CHECKOUT}dist/native/index.js`)) as typeof natives;
  const { RingProgress } = native();
  expect(() => new RingProgress(-1)).toThrow('the positions of a BPF ring could not be mapped');
});
