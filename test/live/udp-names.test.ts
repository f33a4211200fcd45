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
