import { z } from 'zod';
import { whole } from '../pipeline/option-types.js';
import { typeNumber } from './message/types.js';
import { SELECTION_OPTIONS } from './selection/options.js';

/** Query types that are recorded unless others are asked for. */
const TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'SVCB', 'HTTPS', 'TXT', 'SOA'];

/** Stands for every type. */
export const ALL_TYPES = '*';

const fields = z.strictObject({
  ports: z
    .array(whole(1, 65535))
    .min(1, 'at least one port')
    .max(16, 'at most 16 ports')
    .default([53])
    .describe('ports of servers whose messages are read; 5353 and 5355 are those of mDNS and LLMNR'),
  netns: z
    .array(z.string().min(1).max(255))
    .max(64, 'at most 64 namespaces')
    .default([])
    .describe(
      'network namespaces whose wires are watched too, by name (ip netns) or path: what no socket of this host sees',
    ),
  timeout: whole(100, 600_000, 'ms')
    .default(15_000)
    .describe('ms after which a query counts as not answered; what comes later is not believed'),
  maxQueries: whole(1, 1 << 20, 'queries')
    .default(10_000)
    .describe(
      'most queries that wait for their answer at a time; the eldest makes room, of a network namespace that has its share of them',
    ),
  types: z
    .array(
      z
        .string()
        .refine((name) => name === ALL_TYPES || typeNumber(name) !== undefined, 'must be a type, as AAAA or TYPE65400'),
    )
    .min(1, 'at least one type')
    .max(64, 'at most 64 types')
    .default(TYPES)
    .describe(
      `query types that are recorded, ${ALL_TYPES} for all; names of addresses are learned from A and AAAA all the same`,
    ),
  ...SELECTION_OPTIONS,
  records: z
    .enum(['dns', 'statistics', 'both'])
    .default('dns')
    .describe('a record for each query, statistics of each interval instead, or both'),
  maxStatistics: whole(1, 1 << 20, 'statistics')
    .default(20_000)
    .describe('most statistics of one interval; what belongs to others is counted'),
  loopback: z.boolean().default(true).describe('counts queries of loopback servers in the statistics too'),
  names: z
    .enum(['full', 'domain', 'hash'])
    .default('full')
    .describe('how names are told: in full, only the registrable domain (example.co.uk), or a keyed hash'),
  hashKeyFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'file with the key of the hash, 16 bytes or more; a replay needs it too; without, a key is drawn for each run and each replay',
    ),
  maxNames: whole(1000, 1 << 22, 'names')
    .default(200_000)
    .describe('most names of all addresses that are remembered'),
  maxAddresses: whole(1, 1 << 22, 'addresses')
    .default(100_000)
    .describe('most addresses whose names are remembered; the one used least recently goes first, of each namespace'),
  maxNamesPerAddress: whole(1, 256, 'names')
    .default(64)
    .describe('most names of one address that are remembered; the one answered longest ago goes first'),
  minTtl: whole(1, 86_400, 's').default(30).describe('a name holds at least so long after its answer, s'),
  maxTtl: whole(1, 604_800, 's').default(3600).describe('a name holds at most so long after its answer, s'),
  maxNamedConnections: whole(1, 1 << 22, 'connections')
    .default(262_144)
    .describe(
      'most open connections that keep their names for as long as they last; the one seen longest ago makes room',
    ),
  hosts: z.boolean().default(true).describe('reads names of addresses from /etc/hosts too'),
  hostsFile: z.string().min(1).optional().describe('another file of names, in the form of /etc/hosts'),
  maxStreams: whole(1, 1 << 16, 'streams')
    .default(1024)
    .describe('most directions of TCP connections whose messages are being put together'),
  maxStreamBytes: whole(1 << 17, 1 << 30, 'bytes')
    .default(16 << 20)
    .describe('most bytes of their parts that are kept, in all'),
  // TCP sends again what was lost after a second as a rule, and doubles that (RFC 6298).
  holeTimeout: whole(100, 60_000, 'ms')
    .default(4000)
    .describe('ms that parts wait for one before them; then what is missing is given up, and counted (incomplete)'),
  // Servers wait less for a query (RFC 7766 §6.2.3).
  streamTimeout: whole(1000, 3_600_000, 'ms')
    .default(120_000)
    .describe('ms after which a direction without a part is forgotten; what it held is counted (incomplete)'),
});

export const dnsOptions = fields.refine(({ minTtl, maxTtl }) => minTtl <= maxTtl, {
  path: ['minTtl'],
  message: 'must not be above maxTtl',
});

export type DnsOptions = z.output<typeof dnsOptions>;
