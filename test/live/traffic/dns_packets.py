"""
Packets at a device of a network namespace, for test/live/dns-packets.test.ts. Usage: dns_packets.py PORT WATCHED OTHER: two namespaces with a pair of
devices, va and vb, between them; packets of every kind are sent from the other one, and some from the one that is watched.
"""
import ctypes, json, os, socket, struct, subprocess, sys

PORT, WATCHED, OTHER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
A4, B4 = '10.99.0.1', '10.99.0.2'
A6, B6 = 'fd99::1', 'fd99::2'


def enter(name):
    with open('/run/netns/' + name) as space:
        if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns')


def mac(name, device):
    text = subprocess.check_output(['ip', 'netns', 'exec', name, 'cat', f'/sys/class/net/{device}/address'], text=True)
    return bytes.fromhex(text.strip().replace(':', ''))


def udp(payload, length=None, source=4444, dest=PORT):
    return struct.pack('>HHHH', source, dest, length or 8 + len(payload), 0) + payload


def tcp(payload, flags, seq=1000, dest=PORT):
    return struct.pack('>HHIIBBHHH', 4444, dest, seq, 0, 6 << 4, flags, 1000, 0, 0) + b'\1\1\1\0' + payload


def checksum(header):
    total = sum(struct.unpack(f'>{len(header) // 2}H', header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(data, protocol=17, fragment=0, options=b'', ihl=None, source=B4, dest=A4):
    words = 5 + len(options) // 4
    first = 0x40 | (words if ihl is None else ihl)
    head = [first, 0, words * 4 + len(data), 7, fragment, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(dest)]
    pack = lambda: struct.pack('>BBHHHBBH4s4s', *head) + options
    head[7] = checksum(pack())
    return pack() + data


def ip6(data, following=17, extensions=()):
    """Extensions: (type, length in bytes); each says what follows."""
    order = [kind for kind, _ in extensions] + [following]
    chain = b''
    for i, (kind, rest) in enumerate(extensions):
        chain += bytes([order[i + 1]]) + rest
    head = struct.pack('>IHBB', 6 << 28, len(chain) + len(data), order[0], 64)
    return head + socket.inet_pton(socket.AF_INET6, B6) + socket.inet_pton(socket.AF_INET6, A6) + chain + data


def options(units):
    """What follows the type in an extension header of 8 * (units + 1) bytes."""
    return bytes([units]) + bytes(6 + 8 * units)


def fragment6(offset, more):
    return struct.pack('>BHI', 0, offset << 3 | more, 99)


AUTH = bytes([4]) + bytes(22)  # 24 bytes in all: in units of 4, less 2

to_a, from_b = mac(WATCHED, 'va'), mac(OTHER, 'vb')


def frame(packet, kind=0x0800, tags=(), to=to_a):
    head = to + from_b
    for proto, tci in tags:
        head += struct.pack('>HH', proto, tci)
    whole = head + struct.pack('>H', kind) + packet
    return whole + bytes(max(0, 60 - len(whole)))


enter(OTHER)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
wire.bind(('vb', ETH_P_ALL))
for each in [
    frame(ip4(udp(b'plain'))),
    frame(ip4(udp(b'with options'), options=b'\1' * 8)),
    frame(ip4(udp(b'one tag')), tags=[(0x8100, 0x2064)]),
    frame(ip4(udp(b'two tags')), tags=[(0x88a8, 5), (0x8100, 7)]),
    frame(ip6(udp(b'six, two tags')), 0x86dd, tags=[(0x88a8, 6), (0x8100, 8)]),
    frame(ip6(udp(b'six')), 0x86dd),
    frame(ip6(udp(b'extended'), extensions=[(0, options(0)), (60, options(2)), (43, options(1)), (51, AUTH)]), 0x86dd),
    frame(ip6(udp(b'atomic'), extensions=[(44, fragment6(0, 0))]), 0x86dd),
    frame(ip6(udp(b'of eight', 8 + 1000), extensions=[(44, fragment6(0, 1))]), 0x86dd),
    frame(ip6(bytes(16), extensions=[(44, fragment6(2, 0))]), 0x86dd),
    frame(ip6(udp(b'too many'), extensions=[(60, options(0))] * 9), 0x86dd),
    frame(ip6(b'', following=50), 0x86dd),
    frame(ip4(udp(b'of a thousand...', 8 + 1000), fragment=0x2000)),
    frame(ip4(bytes(24), fragment=3)),
    frame(ip4(udp(b'broken'), ihl=4)),
    frame(ip4(udp(b'shorter than itself', 3))),
    frame(ip4(udp(b'for others')), to=bytes.fromhex('020000009999')),
    frame(ip4(udp(b'by all')), to=b'\xff' * 6),
    frame(ip4(udp(b'elsewhere', dest=PORT + 1))),
    frame(ip4(tcp(b'', 2), 6)),
    frame(ip4(tcp(b'tcp', 0x18, 1001), 6)),
    frame(ip4(tcp(b'', 0x10, 1004), 6)),
    frame(ip4(tcp(b'end', 0x11, 1004), 6)),
    frame(b'\0' * 46, 0x0806),
]:
    wire.send(each)

enter(WATCHED)
leaving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
leaving.sendto(b'leaves', (B4, PORT))
tagged = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
tagged.bind(('va', ETH_P_ALL))
tagged.send(frame(ip4(udp(b'leaves with tags'), source=A4, dest=B4), tags=[(0x88a8, 9), (0x8100, 10)], to=from_b))
for vlan in sys.argv[4:]:
    leaving.sendto(b'leaves by ' + vlan.encode(), (f'10.99.{vlan}.2', PORT))
local = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
local.sendto(b'stays here', ('127.0.0.1', PORT))
print(json.dumps({'pid': os.getpid()}))
