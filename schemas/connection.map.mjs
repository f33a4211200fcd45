/**
 * Where each field of the connection record comes from: `struct ct_conn` and what the pipeline adds to it. scripts/generate-records/record.mjs tells
 * what a map may say.
 * @module
 */

/** Linux errno values (asm-generic/errno.h) by cause, and which end the error tells to be the cause. */
const FAILURES = [
  // EPIPE is what a reset after the peer's FIN leaves (tcp_reset in CLOSE_WAIT).
  { cause: 'reset', errnos: [104, 32], by: 'remote' },
  { cause: 'refused', errnos: [111], by: 'remote' },
  { cause: 'timeout', errnos: [110], by: null },
  { cause: 'host_unreachable', errnos: [113], by: null },
  { cause: 'network_unreachable', errnos: [101], by: null },
];

/** A chain of conditions from errno to a symbol's index. */
function failureIndex(node) {
  const tests = FAILURES.flatMap(({ cause, errnos }) =>
    errnos.map((errno) => `error === ${errno} ? ${node.symbols.indexOf(cause)} : `),
  );
  return `(${tests.join('')}${node.symbols.indexOf('other')})`;
}

function failureByRemote() {
  const errnos = FAILURES.filter(({ by }) => by === 'remote').flatMap((failure) => failure.errnos);
  return errnos.map((errno) => `error === ${errno}`).join(' || ');
}

/** Most bytes of the names of one address: 1 KiB of text and what stands around eight of them (src/dns/names/list-bytes.ts). */
const MOST_NAMES = 1200;
const MOST_NAMES_JSON = 2700;

export default {
  feature: 'src/connections',
  struct: 'CONN',
  fast: true,
  units: "record.state === 'closed' ? 1 : 0",
  disagreement: 'agreement',
  sources,
};

function sources({ layout, fields, enums, constants, symbolIndex, indexOf: at }) {
  const long = (name) => ({ long: [fields.word(name, 0), fields.word(name, 1)] });
  const u32 = (name) => ({ u32: fields.word(name) });
  const rtt = (name) => `tcp && ${name} !== 0`;
  const anyRemote = [0, 1, 2, 3].map((i) => fields.word('remote_address', i)).join(' | ');
  const anyLocal = [0, 1, 2, 3].map((i) => fields.word('local_address', i)).join(' | ');
  const counters = [
    'sent_bytes',
    'received_bytes',
    'sent_packets',
    'received_packets',
    'retransmits',
    'established',
    'closed',
  ];

  const preamble = [
    `const tcp = (${fields.part('protocol', 8)}) === ${layout.TCP};`,
    `const v4 = (${fields.part('family', 8)}) === ${layout.IPV4};`,
    `const direction = ${fields.part('direction', 8)};`,
    `const closed = (${fields.part('state', 8)}) !== ${layout.STATE.open};`,
    `const owner = ${fields.part('owner_source', 8)};`,
    `const resetBy = ${fields.part('reset_by', 8)};`,
    `const observed = ${fields.part('observed_from', 8)};`,
    `const tcpState = ${fields.part('tcp_state', 8)};`,
    `const localPort = ${fields.part('local_port', 16)};`,
    `const remotePort = ${fields.part('remote_port', 16)};`,
    `const transitions = ${fields.part('transitions', 16)};`,
    `const error = ${fields.part('error', 16)};`,
    `const unknown = ${fields.part('unknown', 16)};`,
    `const scope = ${fields.word('scope')};`,
    `const established = tcp && (transitions & 0x${constants.ESTABLISHED_TRANSITIONS.toString(16)}) !== 0;`,
    `const srtt = ${fields.word('srtt_us')};`,
    `const minRtt = ${fields.word('min_rtt_us')};`,
    // floor(ns / 1000) of a 64-bit time in doubles: 2^32 = 4294967 * 1000 + 296, and every product stays below 2^53.
    `let hi = ${fields.word('start_ns', 1)};`,
    `let lo = ${fields.word('start_ns')};`,
    'const started = (lo | hi) !== 0;',
    'const startUs = hi * 4294967 + Math.floor((hi * 296 + lo) / 1000);',
    `hi = ${fields.word('end_ns', 1)};`,
    `lo = ${fields.word('end_ns')};`,
    'const ended = (lo | hi) !== 0;',
    'const endUs = hi * 4294967 + Math.floor((hi * 296 + lo) / 1000);',
    'const wall = s.wallOffsetUs;',
    'const delta = s.delta;',
    'const d = s.d;',
    'const localNames = s.localNames.column.handles[s.place]!;',
    'const remoteNames = s.remoteNames.column.handles[s.place]!;',
  ];
  const names = (handle) => ({
    join: { fragments: `s.${handle}.join.fragments`, handle, most: MOST_NAMES, mostJson: MOST_NAMES_JSON },
  });
  const source = {
    host: { prefix: true },
    boot_id: { prefix: true },
    run: { prefix: true },
    cookie: long('cookie'),
    generation: u32('generation'),
    seq: { number: 's.seq' },
    protocol: { index: `(tcp ? ${at('Protocol', 'tcp')} : ${at('Protocol', 'udp')})` },
    family: { index: `(v4 ? ${at('Family', 'ipv4')} : ${at('Family', 'ipv6')})` },
    direction: { index: symbolIndex(enums.get('Direction'), layout.DIRECTION, 'direction', 'unknown') },
    state: { index: `(closed ? ${at('State', 'closed')} : ${at('State', 'open')})` },
    'local.address': {
      address: { end: 'local', word: fields.word('local_address'), at: `s.base + ${fields.offset('local_address')}` },
    },
    'local.port': { u16: 'localPort' },
    'local.names': names('localNames'),
    'remote.address': {
      address: {
        end: 'remote',
        word: fields.word('remote_address'),
        at: `s.base + ${fields.offset('remote_address')}`,
      },
    },
    'remote.port': { u16: 'remotePort' },
    'remote.scope': { u32: 'scope' },
    'remote.names': names('remoteNames'),
    'netns.inode': u32('netns_inode'),
    'netns.cookie': long('netns_cookie'),
    'process.pid': u32('pid'),
    'process.name': { name: { at: `s.base + ${fields.offset('comm')}`, max: layout.COMM_LENGTH } },
    'process.uid': u32('uid'),
    'process.cgroup_id': long('cgroup_id'),
    'process.source': { index: symbolIndex(enums.get('ProcessSource'), layout.OWNER_SOURCE, 'owner', 'listener') },
    start: { micros: 'startUs + wall' },
    end: { micros: 'endUs + wall' },
    duration_us: { number: 'endUs - startUs' },
    'total.sent_bytes': long('sent_bytes'),
    'total.received_bytes': long('received_bytes'),
    'total.sent_packets': long('sent_packets'),
    'total.received_packets': long('received_packets'),
    'total.retransmits': u32('retransmits'),
    'total.established': { bit: 'established' },
    'total.closed': { bit: 'closed' },
    rtt_us: { u32: 'srtt' },
    rtt_var_us: u32('rttvar_us'),
    rtt_min_us: { u32: 'minRtt' },
    'failure.cause': { index: failureIndex(enums.get('FailureCause')) },
    'failure.errno': { u16: 'error' },
    'failure.by': { index: `${at('End', 'remote')}` },
    observed_from: { index: symbolIndex(enums.get('ObservedFrom'), layout.OBSERVED_FROM, 'observed', 'midstream') },
    'tcp.established': { flag: 'established' },
    'tcp.state_transitions': { u16: 'transitions' },
    // The symbols stand in the order of the kernel's numbers, from TCP_ESTABLISHED = 1.
    'tcp.last_state': { index: '(tcpState - 1)' },
    'tcp.reset_by': { index: symbolIndex(enums.get('End'), layout.END, 'resetBy', 'local') },
  };
  counters.forEach((name, i) => {
    // A record tells of at most one handshake and one close.
    source[`delta.${name}`] = { number: `delta[d + ${i}]!`, small: name === 'established' || name === 'closed' };
  });

  const lastState = enums.get('TcpState').symbols.length;
  const when = {
    'local.address': `(${anyLocal}) !== 0`,
    remote: `(${anyRemote} | remotePort) !== 0`,
    'remote.scope': 'scope !== 0',
    process: `owner !== ${layout.OWNER_SOURCE.none} && owner <= ${Math.max(...Object.values(layout.OWNER_SOURCE))}`,
    start: 'started',
    end: 'closed && ended',
    duration_us: 'started && ended',
    rtt_us: rtt('srtt'),
    rtt_var_us: rtt('srtt'),
    rtt_min_us: `${rtt('minRtt')} && minRtt !== 0x${layout.MIN_RTT_UNKNOWN.toString(16)}`,
    failure: `error !== 0 || (unknown & ${layout.UNKNOWN.error}) !== 0`,
    'failure.errno': 'error !== 0',
    // Not where the kernel side could not tell which end reset (bpf/connections).
    'failure.by': `(${failureByRemote()}) && !(tcp && resetBy === ${layout.END.none})`,
    tcp: 'tcp',
    'tcp.last_state': `tcpState >= 1 && tcpState <= ${lastState}`,
    'tcp.reset_by': `resetBy === ${layout.END.local} || resetBy === ${layout.END.remote}`,
  };
  for (const name of ['sent_packets', 'received_packets', 'received_bytes']) {
    const known = `(unknown & ${layout.UNKNOWN[name]}) === 0`;
    when[`delta.${name}`] = known;
    when[`total.${name}`] = known;
  }
  // Everything the fast encoder has to call comes before its first store.
  const prepare = [
    `const slot = nameSlot(u32, w + ${fields.offset('comm') / 4});`,
    `const localSlot = v4 ? 0 : local.slot(u32, w + ${fields.offset('local_address') / 4});`,
    `const remoteSlot = v4 ? 0 : remote.slot(u32, w + ${fields.offset('remote_address') / 4});`,
    'const localText = local.text;',
    'const remoteText = remote.text;',
    'const octetText = OCTET_TEXT;',
    'const octetLength = OCTET_LENGTH;',
    'const nameText = NAME_TEXT;',
    'const nameLength = NAME_LENGTH;',
  ];
  return { preamble, prepare, source, when };
}
