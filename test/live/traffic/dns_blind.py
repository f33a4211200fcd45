"""Answers over TCP by somebody who knows all of a connection but its sequence numbers, then the server's own. Usage: dns_blind.py PORT; prints how many packets were forged."""
import json, socket, struct, sys, time

PORT = int(sys.argv[1])
HOST = '127.0.0.1'
ID = 0x5AFE
NAME = b'\x04bank\x07example\x00'
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def framed(message):
    return struct.pack('>H', len(message)) + message


def answer(address):
    record = b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 600, 4) + socket.inet_aton(address)
    return framed(struct.pack('>6H', ID, 0x8180, 1, 1, 0, 0) + NAME + struct.pack('>HH', 1, 1) + record)


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(to, seq, flags, payload):
    tcp = struct.pack('>HHIIBBHHH', PORT, to, seq, 0, 5 << 4, flags, 65535, 0, 0)
    pseudo = socket.inet_aton(HOST) * 2 + struct.pack('>BBH', 0, 6, len(tcp) + len(payload))
    tcp = tcp[:16] + struct.pack('>H', checksum(pseudo + tcp + payload)) + tcp[18:]
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, 6, 0, socket.inet_aton(HOST), socket.inet_aton(HOST))
    return ip + tcp + payload


listener = socket.create_server((HOST, PORT))
client = socket.create_connection((HOST, PORT))
server, _ = listener.accept()
client.sendall(framed(struct.pack('>6H', ID, 0x0100, 1, 0, 0, 0) + NAME + struct.pack('>HH', 1, 1)))
server.recv(1024)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
forged = 0
to = client.getsockname()[1]
start = int.from_bytes(ID.to_bytes(2, 'big') * 2, 'big')
for turn in range(8):
    # The eighths of all numbers: at most one of them is of the connection.
    seq = (start + (turn << 29)) & 0xFFFFFFFF
    for flags, payload in ((PSH | ACK, answer('198.51.100.66')), (SYN | ACK, b''), (RST, b'')):
        raw.sendto(packet(to, seq, flags, payload), (HOST, 0))
        forged += 1
time.sleep(0.1)
server.sendall(answer('192.0.2.7'))
got = client.recv(1024)
assert got.endswith(socket.inet_aton('192.0.2.7')), got
print(json.dumps({'forged': forged}))
