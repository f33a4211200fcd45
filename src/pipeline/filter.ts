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

/**
 * Which connections leave the pipeline. Each dimension lists alternatives, one of which must match; dimensions that are given must all
 * match; a dimension left out, or an empty list, matches everything.
 */
export interface ConnectionFilter {
  /** Process ids (tgid in the initial pid namespace). A record whose owner is not known never matches. */
  pids?: readonly number[];
  /** Process names as the kernel has them: at most 15 bytes of UTF-8, compared whole. */
  processNames?: readonly string[];
  ports?: readonly PortRange[];
  addresses?: readonly AddressRange[];
  protocols?: readonly ('tcp' | 'udp')[];
  directions?: readonly ('unknown' | 'incoming' | 'outgoing')[];
  states?: readonly ('open' | 'closed')[];
}
