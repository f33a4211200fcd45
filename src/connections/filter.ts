/** Which end of a conversation a port or address alternative looks at. */
export type FilterEnd = 'local' | 'remote' | 'any';

/** Ports `first` to `last`, both included. */
export interface PortRange {
  end: FilterEnd;
  first: number;
  last: number;
}

/** Addresses whose first `prefix` bits equal those of `bytes` (network order: 4 bytes for IPv4, 16 for IPv6). */
export interface AddressRange {
  end: FilterEnd;
  bytes: Uint8Array;
  prefix: number;
}

/** A name that an address has: `*` in it stands for any characters, letters count in either case. */
export interface NamePattern {
  end: FilterEnd;
  pattern: string;
}

/** Why a conversation failed, in the words of a record's `failure.cause`; `any`: whatever the cause. */
export type FailureTerm =
  | 'any'
  | 'reset'
  | 'refused'
  | 'timeout'
  | 'host_unreachable'
  | 'network_unreachable'
  | 'other';

/**
 * What a record may be asked for. Each dimension lists alternatives, one of which must match. A dimension left out, or an empty list, asks
 * for nothing. What a record does not know (null) matches no alternative.
 */
export interface ConnectionTerms {
  /** Process ids (tgid in the initial pid namespace). */
  pids?: readonly number[];
  /** Process names, compared by their first 15 bytes of UTF-8: the kernel keeps no more. */
  processNames?: readonly string[];
  /** Real user ids in the initial user namespace. */
  uids?: readonly number[];
  /** Ids of cgroups in the v2 hierarchy (inodes of their directories); of the process's own, not of those above it. */
  cgroups?: readonly number[];
  /** Inodes of network namespaces. */
  netns?: readonly number[];
  ports?: readonly PortRange[];
  addresses?: readonly AddressRange[];
  /** Names of either address (the feature dns). */
  dnsNames?: readonly NamePattern[];
  protocols?: readonly ('tcp' | 'udp')[];
  directions?: readonly ('unknown' | 'incoming' | 'outgoing')[];
  states?: readonly ('open' | 'closed')[];
  failures?: readonly FailureTerm[];
  /** Least `duration_us` of the record, µs: so far, while open. */
  minDurationUs?: number;
  /** Least payload so far, `total.sent_bytes` and `total.received_bytes` together; where those received are not known, by those sent. */
  minBytes?: number;
}

/**
 * Which connections leave the pipeline: records that match every dimension given, and none of those in `not`. Each record is judged by
 * itself, as it is at that moment. What is left out stays due: the first record of a connection that passes has all of it in its delta.
 */
export interface ConnectionFilter extends ConnectionTerms {
  /** Leaves out what matches any of these. What a record does not know is no reason to leave it out. */
  not?: ConnectionTerms;
}

/** Whether a filter asks for names of addresses, which the feature dns knows. */
export function asksForNames({ dnsNames = [], not }: ConnectionFilter): boolean {
  return dnsNames.length > 0 || (not?.dnsNames ?? []).length > 0;
}
