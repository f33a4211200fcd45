/** UDP conversations whose peer, loss or error is easily told wrong. */
import { expect, test } from 'vitest';
import { lacksLive } from '../support/require.js';
import { closedOf } from './support/udp-traffic.js';

test.each([
  ['0.0.0.0', '127.0.0.1', '127.0.0.1', 'AF_INET'],
  ['0.0.0.0', '127.0.0.9', '127.0.0.9', 'AF_INET'],
  ['0.0.0.0', '0.0.0.0', '127.0.0.1', 'AF_INET'],
  ['::', '::1', '::1', 'AF_INET6'],
])('a datagram to %s from %s is a conversation with %s', async (any, own, used, family) => {
  expect(lacksLive()).toBeFalsy();
  const [records] = await closedOf(`
s, c = udp('${used}', socket.${family}), udp('${own}', socket.${family})
c.sendto(b'ask', ('${any}', port(s))); d, a = s.recvfrom(9); s.sendto(b'answer', a); c.recvfrom(9)
p = port(c); c.close(); s.close(); print(json.dumps([p]))`);
  expect(records!.map((r) => [r.remote?.address, r.direction, r.total.sent_bytes, r.total.received_bytes])).toEqual([
    [used, 'outgoing', 3, 6],
  ]);
});

test('a datagram that waited since before connect() is not told of the new peer', async () => {
  expect(lacksLive()).toBeFalsy();
  const [waited, unconnected] = await closedOf(`
s, a, b, c = [udp('127.0.0.1') for _ in range(4)]
a.sendto(b'from a', s.getsockname()); s.connect(b.getsockname()); s.recv(9)
c.sendto(b'ask', b.getsockname()); b.sendto(b'answer', c.getsockname()); c.recv(9)
p = [port(s), port(c)]; [x.close() for x in (s, a, b, c)]; print(json.dumps(p))`);
  expect(waited!.map((r) => [r.remote, r.total.received_bytes])).toEqual([[null, 6]]);
  expect(unconnected!.map((r) => r.direction).sort()).toEqual(['outgoing', 'unknown']);
});
