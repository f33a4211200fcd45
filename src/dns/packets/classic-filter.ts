/**
 * The filter of packet sockets where no program may be loaded: classic BPF (Documentation/networking/filter.rst of Linux), made for the ports.
 * @module
 */
import { TCP, UDP } from '../layout.gen.js';
import { ClassicProgram, type Label } from './classic-program.js';

/** Places of what is beside the packet, and of its IP header (linux/filter.h); others are those of the packet, which begins at its link header. */
const PACKET_TYPE = -0x1000 + 4;
const DEVICE = -0x1000 + 8;
const DEVICE_TYPE = -0x1000 + 28;
/** Before Linux 6.16 only of what is in one piece, as not every device has it: for link headers that nobody knows. */
const IP_HEADER = -0x100000;

const OUTGOING = 4;
const LOOPBACK = 1;
/** Types of devices with headers of Ethernet (linux/if_arp.h): ARPHRD_ETHER, ARPHRD_LOOPBACK. */
const ETHERNETS = [1, 772];
const ETHERTYPE_AT = 12;
const ETHERNET_HEADER = 14;
const TAG = 4;
const MOST_TAGS = 2;
const VLANS = [0x8100, 0x88a8];

const IPV4_FRAGMENT_AT = 6;
const IPV4_PROTOCOL_AT = 9;
const IPV4_LEAST = 20;
const FRAGMENT_OFFSET = 0x1fff;
const IPV6_NEXT_AT = 6;
const IPV6_HEADER = 40;
/** Headers of IPv6 behind which UDP or TCP may come: of what has them nothing is decided here. */
const IPV6_EXTENSIONS = [0, 43, 44, 51, 60, 135, 139, 140];

/**
 * Lets through what has one of these ports, and what only a closer look can tell: later fragments, whose number is told, broken headers of IPv4,
 * and extension headers of IPv6. At loopback each packet once. Tags are looked behind, two at most.
 * @param ports of servers, 1 to 16
 * @returns instructions of `struct sock_filter`, 8 bytes each
 */
export function classicFilter(ports: readonly number[]): Uint8Array {
  const program = new ClassicProgram();
  const [take, leave, ethernet] = [program.label(), program.label(), program.label()];
  notTwice(program, leave);
  program.load('half', DEVICE_TYPE);
  for (const type of ETHERNETS) program.jump(type, ethernet);
  atIp(program, IP_HEADER, ports, take, leave);

  program.place(ethernet);
  for (let tags = 0; tags <= MOST_TAGS; tags++) {
    const further = tags < MOST_TAGS ? program.label() : leave;
    program.load('half', ETHERTYPE_AT + tags * TAG);
    for (const vlan of VLANS) program.jump(vlan, further);
    atIp(program, ETHERNET_HEADER + tags * TAG, ports, take, leave);
    if (further !== leave) program.place(further);
  }
  program.place(take);
  program.end(true);
  program.place(leave);
  program.end(false);
  return program.bytes();
}

/** What leaves by loopback arrives there, too. */
function notTwice(program: ClassicProgram, leave: Label): void {
  const once = program.label();
  program.load('word', PACKET_TYPE);
  program.jumpUnless(OUTGOING, once);
  program.load('word', DEVICE);
  program.jump(LOOPBACK, leave);
  program.place(once);
}

/** The end of one way through it. @param at place of the IP header */
function atIp(program: ClassicProgram, at: number, ports: readonly number[], take: Label, leave: Label): void {
  const [four, six, whole, transport] = [program.label(), program.label(), program.label(), program.label()];
  program.load('byte', at);
  program.and(0xf0);
  program.jump(0x40, four);
  program.jump(0x60, six);
  program.go(leave);

  program.place(four);
  program.load('byte', at + IPV4_PROTOCOL_AT);
  program.jump(UDP, whole);
  program.jumpUnless(TCP, leave);
  program.place(whole);
  program.load('half', at + IPV4_FRAGMENT_AT);
  program.jumpIfAny(FRAGMENT_OFFSET, take);
  program.load('byte', at);
  program.and(0x0f);
  program.shiftLeft(2);
  program.jumpIfBelow(IPV4_LEAST, take);
  program.toIndex();
  program.go(transport);

  program.place(six);
  const direct = program.label();
  program.load('byte', at + IPV6_NEXT_AT);
  program.jump(UDP, direct);
  program.jump(TCP, direct);
  for (const next of IPV6_EXTENSIONS) program.jump(next, take);
  program.go(leave);
  program.place(direct);
  program.setIndex(IPV6_HEADER);

  program.place(transport);
  for (const end of [0, 2]) {
    program.loadIndexed('half', at + end);
    for (const port of ports) program.jump(port, take);
  }
  program.go(leave);
}
