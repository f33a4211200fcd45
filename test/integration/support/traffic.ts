import { once } from 'node:events';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** Between two connections, ms. */
const PAUSE_MS = 4;

/** Short connections within this host, one after the other, until the test is over. Returns how many there were so far. */
export async function traffic(): Promise<() => number> {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  let [count, over] = [0, false];
  const running = (async () => {
    while (!over) {
      await once(net.connect(port, '127.0.0.1').resume(), 'close');
      count++;
      await sleep(PAUSE_MS);
    }
  })();
  onTestFinished(async () => {
    over = true;
    await running;
    await new Promise((resolve) => server.close(resolve));
  });
  return () => count;
}
