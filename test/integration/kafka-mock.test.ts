/** That the mock cluster does as it is told; by requests in bytes, so that no client's own retries come between. */
import { once } from 'node:events';
import * as net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Frames } from './support/frames.js';
import { KafkaMock } from './support/kafka-mock.js';

const API_VERSIONS = 18;

/** The error code of an ApiVersions request, version 0. */
async function ask(mock: KafkaMock): Promise<number> {
  const [host, port] = mock.brokers.split(',')[0]!.split(':');
  const socket = net.connect(Number(port), host);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const request = Buffer.alloc(14);
  request.writeUInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt32BE(7, 8);
  request.writeInt16BE(-1, 12);
  socket.write(request);
  const frames = new Frames();
  for await (const chunk of socket) {
    const [frame] = frames.push(chunk as Buffer);
    if (frame !== undefined) return frame.readInt16BE(8);
  }
  throw new Error('no answer');
}

test('errors come one each, in their order, and then no more', async (context) => {
  const mock = await KafkaMock.start(context);
  await mock.command(`errors ${API_VERSIONS} 7 0 6`);
  const codes = [];
  for (let i = 0; i < 4; i++) codes.push(await ask(mock));
  expect(codes).toEqual([7, 0, 6, 0]);
});

test('a broker that is down takes no connection, and answers once it is up', async (context) => {
  const mock = await KafkaMock.start(context);
  await mock.command('down 1');
  await expect(ask(mock)).rejects.toThrow();
  await mock.command('up 1');
  expect(await ask(mock)).toBe(0);
});

test('topics, leaders and delays are taken; what makes no sense is refused', async (context) => {
  const mock = await KafkaMock.start(context, 2);
  expect(mock.brokers.split(',')).toHaveLength(2);
  await mock.command('topic records 4 1');
  await mock.command('leader records 3 2');
  await mock.command('delay 2 10');
  await expect(mock.command('errors 0')).rejects.toThrow('errors API CODE');
  await expect(mock.command('leader records x 1')).rejects.toThrow('leader TOPIC');
  await expect(mock.command('explode')).rejects.toThrow('no such command');
});
