/** The kernel's own counters of the generator's namespaces, as the second opinion on its list and on the output. */
import { expect } from 'vitest';
import type { ExpectedEnd, ExpectedList, NamespaceCounters } from './generator.js';
import type { ConnectionLine, Output } from './output.js';

/** What both the list and the output can be counted by. */
interface Tally {
  ActiveOpens: number;
  PassiveOpens: number;
  AttemptFails: number;
  RetransSegs: number;
  InDatagrams: number;
  OutDatagrams: number;
}

const tally = (): Tally => ({
  ActiveOpens: 0,
  PassiveOpens: 0,
  AttemptFails: 0,
  RetransSegs: 0,
  InDatagrams: 0,
  OutDatagrams: 0,
});

function fromKernel({ Tcp, Udp, Udp6 }: NamespaceCounters): Tally {
  const both = (name: string) => (Udp[name] ?? 0) + (Udp6[name] ?? 0);
  return {
    ActiveOpens: Tcp.ActiveOpens ?? 0,
    PassiveOpens: Tcp.PassiveOpens ?? 0,
    AttemptFails: Tcp.AttemptFails ?? 0,
    RetransSegs: Tcp.RetransSegs ?? 0,
    InDatagrams: both('InDatagrams'),
    OutDatagrams: both('OutDatagrams'),
  };
}

interface Countable {
  readonly protocol: string;
  readonly direction: string;
  readonly established: number;
  readonly retransmits: number;
  readonly sent: number;
  readonly received: number;
}

function add(sums: Tally, end: Countable): void {
  if (end.protocol === 'udp') {
    sums.InDatagrams += end.received;
    sums.OutDatagrams += end.sent;
    return;
  }
  sums.RetransSegs += end.retransmits;
  if (end.direction === 'incoming') sums.PassiveOpens++;
  else sums.ActiveOpens++;
  if (end.established === 0) sums.AttemptFails++;
}

const ofLine = ({ protocol, direction, total }: ConnectionLine): Countable => ({
  protocol,
  direction,
  established: total.established,
  retransmits: total.retransmits,
  sent: total.sent_packets ?? Number.NaN,
  received: total.received_packets ?? Number.NaN,
});

const ofEnd = ({
  protocol,
  direction,
  established,
  retransmits,
  sent_packets,
  received_packets,
}: ExpectedEnd): Countable => ({
  protocol,
  direction,
  established,
  retransmits,
  sent: sent_packets,
  received: received_packets,
});

/** A UDP_SEGMENT send is several datagrams, but one to the kernel's OutDatagrams. */
const SEGMENTS = 5;

function segmented(expected: ExpectedList, inode: number): number {
  return expected.ends.filter(
    ({ kind, netns, direction, sent_packets }) =>
      kind === 'udp-shapes' && netns.inode === inode && direction === 'outgoing' && sent_packets === SEGMENTS,
  ).length;
}

/** The list itself: the generator did what it says. */
export function expectListAgrees(expected: ExpectedList): void {
  for (const namespace of expected.namespaces) {
    const sums = tally();
    for (const end of expected.ends) if (end.netns.inode === namespace.inode) add(sums, ofEnd(end));
    sums.OutDatagrams -= segmented(expected, namespace.inode) * (SEGMENTS - 1);
    const kernel = fromKernel(namespace);
    // A segment may be sent again after the generator's last look.
    expect(kernel.RetransSegs).toBeGreaterThanOrEqual(sums.RetransSegs);
    expect({ ...sums, RetransSegs: 0 }).toEqual({ ...kernel, RetransSegs: 0 });
  }
}

/** The output's sums are the kernel's. */
export function expectKernelAgrees(expected: ExpectedList, output: Output): void {
  for (const namespace of expected.namespaces) {
    const sums = tally();
    for (const line of output.connections) {
      if (line.state === 'closed' && line.netns.inode === namespace.inode) add(sums, ofLine(line));
    }
    sums.OutDatagrams -= segmented(expected, namespace.inode) * (SEGMENTS - 1);
    expect(sums).toEqual(fromKernel(namespace));
  }
}
