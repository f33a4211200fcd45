/** Where each field of the tcp_queue record comes from: `struct ct_tcp_queue`, and what its cgroup's path tells. */
export default { feature: 'src/checks/tcp-queue-length', struct: 'TCP_QUEUE', units: 'record.samples', sources };

const long = (fields, name) => ({ long: [fields.word(name, 0), fields.word(name, 1)] });
/** A u64 that a double holds. */
const count = (fields, name) => `${fields.word(name, 1)} * 0x1_0000_0000 + ${fields.word(name, 0)}`;
const isSet = (fields, name) => `(${fields.word(name, 0)} | ${fields.word(name, 1)}) !== 0`;

function address(fields, layout, place, end) {
  const name = `${place}_${end}_address`;
  const v4 = `u8[s.base + ${fields.offset(`${place}_family`)}] === ${layout.INET}`;
  return { address: { end, word: fields.word(name), at: `s.base + ${fields.offset(name)}`, v4 } };
}

/** What a connection and a listener have in common. */
function owner(fields, layout, place, path) {
  return {
    [`${path}.time`]: { micros: `${fields.micros(`${place}_boot_ns`)} + s.wallOffsetUs` },
    [`${path}.netns_inode`]: { u32: fields.word(`${place}_netns_inode`) },
    [`${path}.netns_cookie`]: long(fields, `${place}_netns_cookie`),
    [`${path}.cookie`]: long(fields, `${place}_cookie`),
    [`${path}.process.pid`]: { u32: fields.word(`${place}_pid`) },
    [`${path}.process.name`]: { name: { at: `s.base + ${fields.offset(`${place}_comm`)}`, max: layout.COMM_LENGTH } },
  };
}

function known(fields, place, path) {
  return {
    [`${path}.netns_cookie`]: isSet(fields, `${place}_netns_cookie`),
    [`${path}.cookie`]: isSet(fields, `${place}_cookie`),
  };
}

function connections(fields, layout, kind) {
  const place = `peaks_${kind}`;
  const path = `${kind}.connection`;
  return {
    source: {
      [`${kind}.samples`]: { number: count(fields, `${place}_samples`) },
      [`${kind}.permille`]: { u32: fields.word(`${place}_permille`) },
      [`${kind}.queued_bytes`]: { u32: fields.word(`${place}_queued`) },
      [`${kind}.buffer_bytes`]: { u32: fields.word(`${place}_limit`) },
      [`${path}.local_address`]: address(fields, layout, place, 'local'),
      [`${path}.local_port`]: { u16: fields.part(`${place}_local_port`, 16) },
      [`${path}.remote_address`]: address(fields, layout, place, 'remote'),
      [`${path}.remote_port`]: { u16: fields.part(`${place}_remote_port`, 16) },
      ...owner(fields, layout, place, path),
    },
    when: {
      [kind]: isSet(fields, `${place}_samples`),
      [`${kind}.buffer_bytes`]: `${fields.word(`${place}_queued`)} !== 0`,
      [path]: `${fields.word(`${place}_queued`)} !== 0`,
      ...known(fields, place, path),
    },
  };
}

function listeners(fields, layout) {
  const place = 'peaks_accept';
  const path = 'accept.listener';
  return {
    source: {
      'accept.samples': { number: count(fields, `${place}_samples`) },
      'accept.permille': { u32: fields.word(`${place}_permille`) },
      'accept.waiting': { u32: fields.word(`${place}_queued`) },
      'accept.backlog': { u32: fields.word(`${place}_limit`) },
      [`${path}.address`]: address(fields, layout, place, 'local'),
      [`${path}.port`]: { u16: fields.part(`${place}_local_port`, 16) },
      ...owner(fields, layout, place, path),
    },
    when: {
      accept: isSet(fields, `${place}_samples`),
      'accept.backlog': `${fields.word(`${place}_queued`)} !== 0`,
      [path]: `${fields.word(`${place}_queued`)} !== 0`,
      ...known(fields, place, path),
    },
  };
}

function sources({ layout, fields, enums, indexOf }) {
  const [receive, send, accept] = [
    connections(fields, layout, 'receive'),
    connections(fields, layout, 'send'),
    listeners(fields, layout),
  ];
  const runtimes = enums.get('TcpQueueRuntime').symbols;
  const runtime = runtimes.reduceRight(
    (rest, symbol) => `s.runtime === '${symbol}' ? ${indexOf('TcpQueueRuntime', symbol)} : ${rest}`,
    '0',
  );
  return {
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      begin: { micros: `${fields.micros('begin_ns')} + s.wallOffsetUs` },
      end: { micros: `${fields.micros('end_ns')} + s.wallOffsetUs` },
      'cgroup.id': long(fields, 'cgroup_id'),
      'cgroup.path': { text: "s.path ?? ''" },
      'cgroup.container.id': { text: "s.container ?? ''" },
      'cgroup.container.runtime': { index: `(${runtime})` },
      samples: { number: 's.samples' },
      sampled: { flag: `(${fields.word('flags')} & ${layout.FLAG.sampled}) !== 0` },
      ...receive.source,
      ...send.source,
      ...accept.source,
    },
    when: {
      'cgroup.path': 's.path !== null',
      'cgroup.container': 's.container !== null',
      'cgroup.container.runtime': 's.runtime !== null',
      ...receive.when,
      ...send.when,
      ...accept.when,
    },
  };
}
