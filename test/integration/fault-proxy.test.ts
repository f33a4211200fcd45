/** The faults that the proxy makes, against a server that answers each request with itself. */
import * as net from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from './support/fault-proxy.js';
import { Frames } from './support/frames.js';

let proxy: FaultProxy;
/** What the server got: whole requests, and all bytes. */
let whole: Buffer[];
let received: number;
const PRODUCE = 0;

beforeEach(async () => {
  whole = [];
  received = 0;
  const server = net.createServer((socket) => {
    const frames = new Frames();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.length;
      for (const frame of frames.push(chunk)) {
        whole.push(frame);
        const response = Buffer.from(frame.subarray(4));
        response.copyWithin(0, 4, 8); // the id comes first in a response
        socket.write(Buffer.concat([frame.subarray(0, 4), response]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await FaultProxy.listen({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port });
  return async () => {
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  };
});

function request(id: number, apiKey = PRODUCE, size = 100): Buffer {
  const frame = Buffer.alloc(size);
  frame.writeUInt32BE(size - 4, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt32BE(id, 8);
  return frame;
}

/** A client: ids of the responses it got, and how its connection ended. */
function connect() {
  const socket = net.connect(proxy.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const frames = new Frames();
  const ids: number[] = [];
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    ids.push(...frames.push(chunk).map((frame) => frame.readInt32BE(4)));
  });
  const end = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.on('close', () => resolve('closed'));
  });
  const answered = async (count: number) => {
    while (ids.length < count) await new Promise((resolve) => socket.once('data', resolve));
    return ids;
  };
  return { socket, ids, end, answered, bytes: () => bytes };
}

test('all goes through, in order, however it is cut', async () => {
  const { socket, answered, end } = connect();
  const bytes = Buffer.concat([request(1), request(2, 3), request(3, 0, 70_000)]);
  socket.write(bytes.subarray(0, 105));
  socket.write(bytes.subarray(105));
  expect(await answered(3)).toEqual([1, 2, 3]);
  socket.end();
  expect(await end).toBe('closed');
  expect(Buffer.concat(whole)).toEqual(bytes);
  expect(proxy.done).toMatchObject({ connections: 1, requests: 3, responses: 3, cut: 0 });
});

test('cut: the connection is reset, and the next one works', async () => {
  const first = connect();
  first.socket.write(request(1));
  await first.answered(1);
  proxy.cut();
  expect(await first.end).toBe('ECONNRESET');
  const second = connect();
  second.socket.write(request(2));
  expect(await second.answered(1)).toEqual([2]);
  expect(proxy.done).toMatchObject({ connections: 2, cut: 1 });
});

test('refusing: no connection lasts', async () => {
  proxy.refusing = true;
  expect(await connect().end).toBe('ECONNRESET');
  expect(proxy.done).toMatchObject({ connections: 0, refused: 1 });
});

test('a request is halved: the server has a part of it, and never all', async () => {
  proxy.halveRequests(1);
  const { socket, end, ids } = connect();
  socket.write(request(1));
  expect(await end).toBe('ECONNRESET');
  const again = connect();
  again.socket.write(request(2));
  await again.answered(1);
  expect([whole.length, received, ids]).toEqual([1, 150, []]);
  expect(proxy.done.halved).toBe(1);
});

test('a response is swallowed: the server did what was asked, and nobody knows', async () => {
  proxy.swallowResponses(1);
  const { socket, end, ids } = connect();
  socket.write(request(1));
  expect(await end).toBe('ECONNRESET');
  expect([whole.length, ids, proxy.done.swallowed]).toEqual([1, [], 1]);
});

test('faults are for one kind of request alone, when that is asked for', async () => {
  proxy.apiKey = PRODUCE;
  proxy.swallowResponses(1);
  const { socket, answered, end, ids } = connect();
  socket.write(Buffer.concat([request(1, 3), request(2, 18)]));
  await answered(2);
  socket.write(request(3));
  expect(await end).toBe('ECONNRESET');
  expect(ids).toEqual([1, 2]);
});

test('a response is late, and comes', async () => {
  proxy.responseDelayMs = 50;
  const { socket, answered } = connect();
  socket.write(request(1));
  expect(await answered(1)).toEqual([1]);
  expect(proxy.done.delayed).toBe(1);
});

test('throttled: what goes through is cut small, and is whole in the end', async () => {
  proxy.bytesPerSecond = 1000;
  const { socket, answered, bytes } = connect();
  socket.write(request(1));
  await new Promise((resolve) => socket.once('data', resolve));
  expect(bytes()).toBeLessThan(100);
  expect(await answered(1)).toEqual([1]);
});

test('half-open: nothing comes and nothing ends, until it is over', async () => {
  const { socket, answered, ids } = connect();
  socket.write(request(1));
  await answered(1);
  proxy.halfOpen = true;
  socket.write(request(2));
  const other = connect();
  other.socket.write(request(3));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([whole.length, ids, other.ids, socket.destroyed]).toEqual([1, [1], [], false]);
  proxy.halfOpen = false;
  expect(await answered(2)).toEqual([1, 2]);
  expect(await other.answered(1)).toEqual([3]);
});
