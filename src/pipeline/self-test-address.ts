/** 127.99.111.110 ("con"), where the self-test's servers are, as the four bytes stand in a word. */
const SELF_TEST = 0x6e6f637f;
/** 127.99.97.110 ("can"), where those of canaries are. */
const CANARY = 0x6e61637f;
/** 127.116.x.y ("t"): its first half. */
const CLIENTS = 0x747f;

/** Whose a conversation is: nobody's that is known, a self-test's, a canary's. */
export const OURS = { no: 0, selfTest: 1, canary: 2 } as const;

/**
 * What an IPv4 conversation is by its addresses, of whichever tracer on this host: in OURS. One end is one of the servers', and the other
 * 127.116.x.y, where x.y is the port of the first (src/native/src/selftest.cc). No kernel and no program gives out such addresses by itself: whoever
 * has both asked for them.
 * @param local address, as its bytes stand in a word
 * @param remote likewise
 */
export function oursByAddress(local: number, remote: number, localPort: number, remotePort: number): number {
  const served = isServer(local);
  if (!served && !isServer(remote)) return OURS.no;
  if (!(served ? isClient(remote, localPort) : isClient(local, remotePort))) return OURS.no;
  return (served ? local : remote) === CANARY ? OURS.canary : OURS.selfTest;
}

function isServer(address: number): boolean {
  return address === SELF_TEST || address === CANARY;
}

function isClient(address: number, port: number): boolean {
  return (address & 0xffff) === CLIENTS && address >>> 16 === ((port >>> 8) | ((port & 0xff) << 8));
}
