/** UDP where one call is not one datagram: each socket's conversations, held against what the guest's program says is right. */
import type { ConnectionLine } from '../live/support/output.js';

/** What is looked at of one conversation. */
interface ExpectedConversation {
  readonly sent?: readonly (number | null)[];
  readonly received?: readonly (number | null)[];
  readonly failure?: string | null;
  /** Port. */
  readonly remote?: number | null;
  readonly address?: string;
  readonly scope?: number;
}

export interface ExpectedCalls {
  readonly what: string;
  readonly local: number;
  readonly told: readonly ExpectedConversation[];
}

function told({ total, failure, remote }: ConnectionLine): Required<{ [K in keyof ExpectedConversation]: unknown }> {
  return {
    sent: [total.sent_bytes, total.sent_packets],
    received: [total.received_bytes, total.received_packets],
    failure: failure?.cause ?? null,
    remote: remote?.port ?? null,
    address: remote?.address,
    scope: remote?.scope,
  };
}

const sorted = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).sort();

/** Every difference is a sentence. */
export function compareCalls(expected: readonly ExpectedCalls[], lines: readonly ConnectionLine[]): string[] {
  const closed = lines.filter(({ protocol, state }) => protocol === 'udp' && state === 'closed');
  return expected.flatMap(({ what, local, told: right }) => {
    const keys = Object.keys(right[0]!) as (keyof ExpectedConversation)[];
    // A port may have been another socket's before, or be afterwards.
    const sockets = new Map<string, object[]>();
    for (const line of closed.filter((each) => each.local.port === local)) {
      const all = told(line);
      const looked = Object.fromEntries(keys.map((key) => [key, all[key]]));
      sockets.set(`${line.cookie}`, [...(sockets.get(`${line.cookie}`) ?? []), looked]);
    }
    const found = [...sockets.values()].map((conversations) => sorted(conversations).join(' '));
    const text = sorted(right).join(' ');
    return found.includes(text) ? [] : [`${what} (${local}): ${found.join(' or ') || 'nothing'} instead of ${text}`];
  });
}
