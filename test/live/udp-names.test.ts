/** Addresses of UDP conversations that say less than they seem to. */
import { expect, test } from 'vitest';
import { lacksLive } from '../support/require.js';
import { closedOf } from './support/udp-traffic.js';

const LINKS = `
import ctypes
ctypes.CDLL(None).unshare(0x40000000)
subprocess.check_call('''ip link set lo up; for i in 0 1; do ip link add a$i type veth peer name b$i
ip link set b$i address 02:00:00:00:00:0$i; ip link set a$i up; ip link set b$i up; ip -6 addr add fe80::77/64 dev b$i nodad
ip -6 addr add fe80::$((i+1)):1/64 dev a$i nodad; done; sleep 0.3''', shell=True)
a = [socket.if_nametoindex('a0'), socket.if_nametoindex('a1')]; b = [socket.if_nametoindex('b0'), socket.if_nametoindex('b1')]
`;

test('one link-local address on two links is two peers, sent to and received from, connected or not', async () => {
  expect(lacksLive()).toBeFalsy();
  const [server, sender, connected, group] = await closedOf(`${LINKS}
v6 = lambda: udp('::', socket.AF_INET6)
s, c, k, g = v6(), v6(), v6(), v6(); ps = [port(x) for x in (s, c, k, g)]
c.sendto(b'x' * 10, ('fe80::77', port(s), 0, a[0])); c.sendto(b'x' * 20, ('fe80::77', port(s), 0, a[1]))
for _ in range(2): d, w = s.recvfrom(99); s.sendto(d, w); c.recvfrom(99)
k.connect(('fe80::77', port(s), 0, a[1])); k.send(b'k' * 30); s.recvfrom(99)
g.sendto(b'g' * 40, ('ff02::1', 9, 0, a[0])); g.sendto(b'g' * 50, ('ff02::1', 9, 0, a[1]))
[x.close() for x in (s, c, k, g)]; print(json.dumps(ps))`);
  const told = (records: typeof server) =>
    records!.map(({ remote, total }) => [remote?.scope !== null, total.sent_bytes]);
  const scopes = (records: typeof server) => new Set(records!.map(({ remote }) => remote?.scope)).size;
  expect([told(server).length, scopes(server)]).toEqual([3, 2]);
  expect(told(sender).sort()).toEqual([
    [true, 10],
    [true, 20],
  ]);
  expect(scopes(sender)).toBe(2);
  expect(told(connected)).toEqual([[true, 30]]);
  expect(told(group).sort()).toEqual([
    [true, 40],
    [true, 50],
  ]);
});

test('--exact-udp: the local address of sockets bound to the wildcard, and segments that no call tells', async () => {
  expect(lacksLive()).toBeFalsy();
  const script = `
import ctypes
s, c, s6, c6 = udp('0.0.0.0'), udp('0.0.0.0'), udp('::', socket.AF_INET6), udp('::', socket.AF_INET6)
ps = [port(x) for x in (s, c, s6, c6)]
c.sendto(b'ask', ('127.0.0.5', port(s))); d, w = s.recvfrom(9)
c6.sendto(b'ask', ('::1', port(s6))); d, w = s6.recvfrom(9); s6.sendto(b'answer', w); c6.recvfrom(9)
m = udp(); to = udp(); m.connect(to.getsockname()); ps.append(port(m))
data = ctypes.create_string_buffer(1000); vector = (ctypes.c_size_t * 2)(ctypes.addressof(data), 1000)
control = ctypes.create_string_buffer(struct.pack('QiiH6x', 18, socket.IPPROTO_UDP, 103, 100))
message = (ctypes.c_size_t * 8)(0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), 24, 0, 0)
assert ctypes.CDLL(None).sendmmsg(m.fileno(), message, 1, 0) == 1
[x.close() for x in (s, c, s6, c6, m)]; print(json.dumps(ps))`;
  const told = (all: Awaited<ReturnType<typeof closedOf>>) =>
    all.map((records) => records.map(({ local, total }) => [local.address, total.sent_packets]));
  expect(told(await closedOf(script, '--exact-udp'))).toEqual([
    [['127.0.0.5', 0]],
    [['127.0.0.1', 1]],
    [['::1', 1]],
    [['::1', 1]],
    [['127.0.0.1', 10]],
  ]);
  // Without it, null where it is not known.
  expect(told(await closedOf(script))).toEqual([
    [[null, 0]],
    [[null, 1]],
    [[null, 1]],
    [[null, 1]],
    [['127.0.0.1', null]],
  ]);
});
