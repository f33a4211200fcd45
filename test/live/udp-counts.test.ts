/** Datagrams as they leave and arrive, bytes as the application was given them: where one call is not one datagram. */
import { expect, test } from 'vitest';
import { lacksLive } from '../support/require.js';
import type { ConnectionLine } from './support/output.js';
import { closedOf } from './support/udp-traffic.js';

const sent = (records: ConnectionLine[] | undefined) =>
  records!.map(({ total }) => [total.sent_bytes, total.sent_packets]);
const received = (records: ConnectionLine[] | undefined) =>
  records!.map(({ total }) => [total.received_bytes, total.received_packets]);

test('MSG_TRUNC: bytes are those that were given, not the length that the call returns', async () => {
  expect(lacksLive()).toBeFalsy();
  const [from, vectors, enough, whole] = await closedOf(`
pairs = [pair() for _ in range(4)]
for s, c in pairs: c.send(b'x' * 1000)
s = [s for s, c in pairs]
assert s[0].recv_into(bytearray(10), 10, socket.MSG_TRUNC) == 1000
assert s[1].recvmsg_into([bytearray(7), bytearray(5)], 0, socket.MSG_TRUNC)[0] == 1000
assert s[2].recvmsg_into([bytearray(600), bytearray(600)], 0, socket.MSG_TRUNC)[0] == 1000
s[3].recvmsg_into([bytearray(4)])
print(json.dumps([port(x) for x in s]))`);
  expect([from, vectors, enough, whole].map(received)).toEqual([[[10, 1]], [[12, 1]], [[1000, 1]], [[4, 1]]]);
});

test('MSG_TRUNC in a call of many messages: the bytes are not known, and null', async () => {
  expect(lacksLive()).toBeFalsy();
  const [many] = await closedOf(`
import ctypes
s, c = pair(); c.send(b'x' * 1000)
buffer = ctypes.create_string_buffer(10); vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 10)
message = (ctypes.c_size_t * 8)(0, 0, ctypes.addressof(vector), 1, 0, 0, 0, 0)
assert ctypes.CDLL(None).recvmmsg(s.fileno(), message, 1, socket.MSG_TRUNC, None) == 1
print(json.dumps([port(s)]))`);
  expect(received(many)).toEqual([[null, 1]]);
});

test('a datagram put together from several sends counts when it leaves', async () => {
  expect(lacksLive()).toBeFalsy();
  const [more, option, both, apart, never, six] = await closedOf(`
CORK, UDP = 1, socket.IPPROTO_UDP
def run(steps, address='127.0.0.1', family=socket.AF_INET):
    s, c = pair(address, family); p = port(c); c.settimeout(None)
    for step in steps:
        if step in (0, 1): c.setsockopt(UDP, CORK, step)
        elif step < 0: c.send(b'm' * -step, socket.MSG_MORE)
        else: c.send(b's' * step)
    c.close(); return p
print(json.dumps([
    run([-10, -10, 10]), run([1, 10, 11, 0] * 3), run([-10, 0]), run([1, 10, 0, 20, 1, 30, 0, 1, 40, 0]), run([5, 1, 10]),
    run([1, 10, 11, 0, -10, 10], '::1', socket.AF_INET6)]))`);
  expect([more, option, both, apart, never, six].map(sent)).toEqual([
    [[30, 1]],
    [[63, 3]],
    [[10, 1]],
    [[100, 4]],
    [[15, 1]],
    [[41, 2]],
  ]);
});

test('UDP_SEGMENT: of the socket, of a call among other control messages, of a corked datagram', async () => {
  expect(lacksLive()).toBeFalsy();
  const [option, call, beside, single, corked, plain] = await closedOf(`
SEGMENT, UDP = 103, socket.IPPROTO_UDP
segment = lambda n: (UDP, SEGMENT, struct.pack('H', n))
tos = (socket.IPPROTO_IP, socket.IP_TOS, struct.pack('i', 8))
pairs = [pair() for _ in range(6)]; c = [c for s, c in pairs]
c[0].setsockopt(UDP, SEGMENT, 100); c[0].send(b'x' * 950)
c[1].sendmsg([b'x' * 950], [segment(100)]); c[1].sendmsg([b'y' * 10])
c[2].sendmsg([b'x' * 500, b'x' * 500], [tos, segment(300)])
c[3].sendmsg([b'x' * 80], [segment(100)])
c[4].setsockopt(UDP, SEGMENT, 100); c[4].send(b'x' * 150, socket.MSG_MORE); c[4].send(b'x' * 100)
c[5].sendmsg([b'x' * 1400], [tos])
print(json.dumps([port(x) for x in c]))`);
  expect([option, call, beside, single, corked, plain].map(sent)).toEqual([
    [[950, 10]],
    [[960, 11]],
    [[1000, 4]],
    [[80, 1]],
    [[250, 3]],
    [[1400, 1]],
  ]);
});

test('what no hook shows is null: segments of a call of many messages, datagrams joined by UDP_GRO', async () => {
  expect(lacksLive()).toBeFalsy();
  const [many, joined] = await closedOf(`
import ctypes
s, c = pair(); s.setsockopt(socket.IPPROTO_UDP, 104, 1)
data = ctypes.create_string_buffer(1000); vector = (ctypes.c_size_t * 2)(ctypes.addressof(data), 1000)
control = ctypes.create_string_buffer(struct.pack('QiiH6x', 18, socket.IPPROTO_UDP, 103, 100))
message = (ctypes.c_size_t * 8)(0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), 24, 0, 0)
assert ctypes.CDLL(None).sendmmsg(c.fileno(), message, 1, 0) == 1
got = 0
while got < 1000: got += len(s.recv(2000))
print(json.dumps([port(c), port(s)]))`);
  expect(sent(many)).toEqual([[1000, null]]);
  expect(received(joined)).toEqual([[1000, null]]);
});
