import type { RecordIdentity } from '../encoding/record-identity.js';
import type { RecordSource } from '../encoding/record-type.js';
import type { MessageEnds } from './message-ends.js';

/** Latencies of one kind, µs, and the sketch of them. */
export interface LatencySource {
  count: number;
  sumUs: number;
  minUs: number;
  maxUs: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
  /** How many bins are not empty, and each of them by index. */
  bins: number;
  readonly binIndex: Int32Array;
  readonly binCount: Float64Array;
}

/** What was asked of one server about one domain and type: the input of the dns_statistics record's encoders, one object reused for all. */
export interface DnsStatisticsSource extends RecordIdentity, RecordSource, MessageEnds {
  /** The interval, UTC, µs. */
  beginUs: number;
  endUs: number;
  /** Printable ASCII, with domain and type in it: places and lengths in bytes. */
  text: Uint8Array;
  nameAt: number;
  nameLength: number;
  typeAt: number;
  typeLength: number;
  /** How many response codes there were, and each. */
  rcodes: number;
  readonly rcodeName: string[];
  readonly rcodeCount: Float64Array;
  readonly success: LatencySource;
  readonly failure: LatencySource;
  timeOuts: number;
  givenUp: number;
  retries: number;
}
