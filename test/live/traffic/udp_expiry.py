"""UDP situations for test/live/udp-expiry.test.ts: `udp_expiry.py SITUATION …` makes one and prints, as JSON, what its sockets did."""
import ctypes, json, random, socket, subprocess, sys, threading, time

CLONE_NEWNET = 0x40000000


def udp(address='127.0.0.1'):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 0))
    return s


def port(s):
    return s.getsockname()[1]


def peers(count):
    """So many addresses of this host."""
    return ['127.%d.%d.%d' % (1 + i // 62500, 1 + i // 250 % 250, 1 + i % 250) for i in range(count)]


def count(counts, s, number, size):
    key = str(port(s))
    packets, octets = counts.get(key, (0, 0))
    counts[key] = (packets + number, octets + size)


def traffic(senders, each, seconds):
    """Senders with `each` peers that are all one socket, which answers now and then; any pair is used again after an odd time."""
    sinks = udp('0.0.0.0')
    sinks.settimeout(0.2)
    sinks.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    clients = [udp() for _ in range(senders)]
    addresses = peers(each)
    sent, received = {}, {}
    ended = threading.Event()

    def answer():
        while True:
            try:
                data, peer = sinks.recvfrom(200)
            except TimeoutError:
                if ended.is_set():
                    return
                continue
            count(received, sinks, 1, len(data))
            if len(data) % 7 == 0:
                count(sent, sinks, 1, sinks.sendto(b'answer', peer))

    thread = threading.Thread(target=answer)
    thread.start()
    to, until, n = port(sinks), time.monotonic() + seconds, 0
    # Every pair at least once, then at random.
    first = [(client, address) for address in addresses for client in clients]
    while time.monotonic() < until or n < len(first):
        client, address = first[n] if n < len(first) else (random.choice(clients), random.choice(addresses))
        count(sent, client, 1, client.sendto(b'x' * (1 + n % 97), (address, to)))
        n += 1
        if n % 64 == 0:
            time.sleep(0.002)
    time.sleep(0.1)
    for client in clients:
        client.setblocking(False)
        while True:
            try:
                count(received, client, 1, len(client.recv(200)))
            except BlockingIOError:
                break
    ended.set()
    thread.join()
    for s in [*clients, sinks]:
        s.close()
    return {'sent': sent, 'received': received, 'pairs': len(first)}


def server(count_of_peers, pause_ms, keeps_open):
    """One socket that sends to many peers, one after another."""
    s = udp()
    for i, address in enumerate(peers(count_of_peers)):
        s.sendto(b'news', (address, 9))
        if pause_ms and i % 100 == 99:
            time.sleep(pause_ms / 1000)
    own = port(s)
    if keeps_open:
        print(json.dumps({'port': own}), flush=True)
        sys.stdin.readline()
    s.close()
    return {'port': own}


def exchange(client, service):
    client.sendto(b'question', service.getsockname())
    _, peer = service.recvfrom(99)
    service.sendto(b'answer', peer)
    client.recvfrom(99)


def last_datagram(pause):
    client, service = udp(), udp()
    exchange(client, service)
    last = time.time()
    time.sleep(pause)
    closing = time.time()
    ports = [port(client), port(service)]
    client.close()
    service.close()
    return {'ports': ports, 'last': last, 'closing': closing}


def again(pause):
    """Two conversations with one peer, the second begun by the server; and a third peer for it, so that it has flows of both sorts."""
    client, other, service = udp(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM), udp()
    connected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connected.connect(service.getsockname())
    connected.send(b'question')
    _, peer = service.recvfrom(99)
    exchange(client, service)
    exchange(other, service)
    time.sleep(pause)
    service.sendto(b'news', peer)
    connected.recv(99)
    service.sendto(b'news', client.getsockname())
    client.recvfrom(99)
    result = {'service': port(service), 'client': port(client), 'connected': port(connected)}
    for s in (client, other, service, connected):
        s.close()
    return result


def refused(exchanges, optmem):
    """In a network namespace where sockets get no storage; null where the kernel has no such limit for one namespace."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        return None
    try:
        with open('/proc/sys/net/core/optmem_max', 'w') as limit:
            limit.write(str(optmem))
    except OSError:
        return None
    subprocess.check_call(['ip', 'link', 'set', 'lo', 'up'])
    services = [udp(), udp()]
    # All at once, so that none gets the port of one that has closed: to a service both would be one peer.
    clients = [udp() for _ in range(exchanges)]
    client_ports = [port(client) for client in clients]
    for client in clients:
        for service in services:
            exchange(client, service)
        client.close()
    ports = [port(service) for service in services]
    for service in services:
        service.close()
    return {'clients': client_ports, 'services': ports}


SITUATIONS = {f.__name__: f for f in (traffic, server, last_datagram, again, refused)}
print(json.dumps(SITUATIONS[sys.argv[1]](*[float(a) if '.' in a else int(a) for a in sys.argv[2:]])))
