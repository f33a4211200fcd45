/** An error belongs to the datagram that caused it, whoever is told of it. */
import { expect, test } from 'vitest';
import { lacksLive } from '../support/require.js';
import type { ConnectionLine } from './support/output.js';
import { closedOf } from './support/udp-traffic.js';

const outcomes = (records: ConnectionLine[] | undefined) =>
  records!.map(({ failure, total }) => [total.sent_bytes, failure?.cause ?? null]).sort();

test.each([
  ['AF_INET', '127.0.0.1', '127.0.0.1', 'socket.IPPROTO_IP, 11'],
  ['AF_INET6', '::1', '::1', 'socket.IPPROTO_IPV6, 25'],
  ['AF_INET6', '::ffff:127.0.0.1', '::ffff:127.0.0.1', 'socket.IPPROTO_IP, 11'],
])('IP_RECVERR, %s to %s: the peer that refused, not the one that is sent to next', async (family, own, to, option) => {
  expect(lacksLive()).toBeFalsy();
  const [records] = await closedOf(`
own = ('${own}', socket.${family})
gone, b, s = dead(*own), udp(*own), udp(*own)
s.setsockopt(${option}, 1); p = port(s)
s.sendto(b'12345', ('${to}', gone)); time.sleep(0.05)
try: s.sendto(b'x', ('${to}', port(b))); raise SystemExit('no error')
except ConnectionRefusedError: pass
s.sendto(b'hello!', ('${to}', port(b))); b.recv(9); s.close(); print(json.dumps([p]))`);
  expect(outcomes(records)).toEqual([
    [5, 'refused'],
    [6, null],
  ]);
});

test('an error that only SO_ERROR or the error queue takes is told', async () => {
  expect(lacksLive()).toBeFalsy();
  const [taken, queued, untouched] = await closedOf(`
s, q, u = udp(), udp(), udp(); ps = [port(x) for x in (s, q, u)]
for x in (s, u): x.connect(('127.0.0.1', dead())); x.send(b'1'); time.sleep(0.05)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111
q.setsockopt(socket.IPPROTO_IP, 11, 1); q.sendto(b'22', ('127.0.0.1', dead())); time.sleep(0.05)
q.recvmsg(9, 200, socket.MSG_ERRQUEUE); q.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
[x.close() for x in (s, q, u)]; print(json.dumps(ps))`);
  expect(outcomes(taken)).toEqual([[1, 'refused']]);
  expect(outcomes(queued)).toEqual([[2, 'refused']]);
  expect(outcomes(untouched)).toEqual([[1, 'refused']]);
});

test('a later success ends it: an answer, or sends that are not refused any more; not the next refusal', async () => {
  expect(lacksLive()).toBeFalsy();
  const [answered, silent, again] = await closedOf(`
def refused(n):
    p = dead(); c = udp(); c.connect(('127.0.0.1', p)); c.send(b'x' * n); time.sleep(0.05)
    try: c.recv(1); raise SystemExit('no error')
    except ConnectionRefusedError: pass
    return c, p
a, p = refused(1); s = udp(); t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.bind(('127.0.0.1', p))
a.send(b'ask'); t.sendto(b'answer', t.recvfrom(9)[1]); a.recv(9)
b, q = refused(1); t2 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t2.bind(('127.0.0.1', q))
for _ in range(5): b.send(b'log')
c, r = refused(1)
for _ in range(6):
    try: c.send(b'log')
    except ConnectionRefusedError: pass
ps = [port(x) for x in (a, b, c)]; [x.close() for x in (a, b, c)]; print(json.dumps(ps))`);
  expect(outcomes(answered)).toEqual([[4, null]]);
  expect(outcomes(silent)).toEqual([[16, null]]);
  expect(outcomes(again)).toEqual([[10, 'refused']]);
});

test('what a call itself cannot do is its own: no route, after an error of somebody else was taken', async () => {
  expect(lacksLive()).toBeFalsy();
  const [records] = await closedOf(`
import ctypes
ctypes.CDLL(None).unshare(0x40000000); subprocess.check_call(['ip', 'link', 'set', 'lo', 'up'])
s = udp('0.0.0.0'); s.setsockopt(socket.IPPROTO_IP, 11, 1); p = port(s)
s.sendto(b'1', ('127.0.0.1', dead())); time.sleep(0.05)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111
try: s.sendto(b'22', ('192.0.2.1', 9)); raise SystemExit('a route')
except OSError as e: assert e.errno == 101, e
s.close(); print(json.dumps([p]))`);
  expect(records!.map(({ remote, failure }) => [remote?.address, failure?.cause]).sort()).toEqual([
    ['127.0.0.1', 'refused'],
    ['192.0.2.1', 'network_unreachable'],
  ]);
});
