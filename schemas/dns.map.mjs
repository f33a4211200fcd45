/**
 * Where each field of the dns record comes from: `struct ct_dns_segment` of the query, without its bytes, and what the stage has read in query
 * and answer.
 */
export default { feature: 'src/dns', struct: 'SEGMENT', units: 'record.messages', sources };

const long = (fields, name) => ({ long: [fields.word(name, 0), fields.word(name, 1)] });
const isSet = (fields, name) => `(${fields.word(name, 0)} | ${fields.word(name, 1)}) !== 0`;

/** What the records of a message say of its ends, of the socket, of its namespace and its process: at these paths. */
export function ends({ fields, layout, indexOf }, { local, remote, cookie, process }) {
  const sent = (end) => ({
    address: { end, word: fields.word(`${end}_address`), at: `s.base + ${fields.offset(`${end}_address`)}` },
  });
  const port = (end) => ({ u16: fields.part(`${end}_port`, 16) });
  const owner = fields.part('owner_source', 8);
  for (const [symbol, value] of Object.entries(layout.OWNER_SOURCE))
    if (value !== 0 && indexOf('DnsProcessSource', symbol) !== value - 1)
      throw new Error('DnsProcessSource: other symbols');
  return {
    preamble: [
      `const v4 = (${fields.part('family', 8)}) === ${layout.IPV4};`,
      `const tcp = (${fields.part('protocol', 8)}) === ${layout.TCP};`,
      `const owner = ${owner};`,
    ],
    source: {
      transport: { index: `(tcp ? ${indexOf('Protocol', 'tcp')} : ${indexOf('Protocol', 'udp')})` },
      family: { index: `(v4 ? ${indexOf('Family', 'ipv4')} : ${indexOf('Family', 'ipv6')})` },
      'netns.inode': { u32: fields.word('netns_inode') },
      'netns.cookie': long(fields, 'netns_cookie'),
      [local.address]: sent('local'),
      [local.port]: port('local'),
      [remote.address]: sent('remote'),
      [remote.port]: port('remote'),
      [cookie]: long(fields, 'cookie'),
      [`${process}.pid`]: { u32: fields.word('pid') },
      [`${process}.name`]: { name: { at: `s.base + ${fields.offset('comm')}`, max: layout.COMM_LENGTH } },
      [`${process}.uid`]: { u32: fields.word('uid') },
      [`${process}.cgroup_id`]: long(fields, 'cgroup_id'),
      [`${process}.start_time`]: { micros: `${fields.micros('start_ns')} + s.wallOffsetUs` },
      [`${process}.source`]: { index: '(owner - 1)' },
    },
    when: {
      'netns.inode': `${fields.word('netns_inode')} !== 0`,
      'netns.cookie': isSet(fields, 'netns_cookie'),
      [cookie]: isSet(fields, 'cookie'),
      [process]: 'owner !== 0',
      [`${process}.start_time`]: isSet(fields, 'start_ns'),
    },
  };
}

/** A text that the stage has written into `s.text`. */
const text = (at, length) => ({ ascii: { bytes: 's.text', at: `s.${at}`, length: `s.${length}` } });

function sources(context) {
  const { indexOf } = context;
  const order = (name, symbols) => {
    if (symbols.some((symbol, place) => indexOf(name, symbol) !== place)) throw new Error(`${name}: other symbols`);
  };
  // The stage knows these by their place.
  order('DnsRole', ['client', 'server', 'observer']);
  order('DnsOutcome', ['answered', 'timed_out', 'displaced', 'run_end']);
  order('DnsRcode', ['noerror', 'formerr', 'servfail', 'nxdomain', 'notimp', 'refused']);
  const both = ends(context, {
    local: { address: 'local.address', port: 'local.port' },
    remote: { address: 'remote.address', port: 'remote.port' },
    cookie: 'cookie',
    process: 'process',
  });
  const answered = 's.answered';
  return {
    preamble: both.preamble,
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      time: { micros: 's.timeUs' },
      role: { index: 's.role' },
      outcome: { index: 's.outcome' },
      ...both.source,
      id: { u16: 's.id' },
      opcode: { u16: 's.opcode' },
      'question.name': text('nameAt', 'nameLength'),
      'question.type': text('typeAt', 'typeLength'),
      'question.class': text('classAt', 'classLength'),
      rcode: { index: 's.rcodeIndex' },
      rcode_number: { u16: 's.rcode' },
      extended_error: { u16: 's.extendedError' },
      answers: { array: { count: 's.answersTold', index: 'k' } },
      'answers[].link': { u16: 's.answerLink[k]!' },
      'answers[].type': text('answerTypeAt[k]!', 'answerTypeLength[k]!'),
      'answers[].ttl': { u32: 's.answerTtl[k]!' },
      'answers[].value': text('answerValueAt[k]!', 'answerValueLength[k]!'),
      answer_count: { u16: 's.answerCount' },
      cname_chain: { array: { count: 's.chainTold', index: 'k' } },
      'cname_chain[]': text('chainAt[k]!', 'chainLength[k]!'),
      ttl: { number: 's.ttl' },
      latency_us: { number: 's.latencyUs' },
      retries: { u32: 's.retries' },
      truncated: { flag: 's.truncated' },
      cut: { flag: 's.cut' },
      messages: { u32: 's.messages' },
    },
    when: {
      ...both.when,
      rcode: answered,
      rcode_number: answered,
      extended_error: 's.extendedError >= 0',
      'answers[].link': 's.answerLink[k]! >= 0',
      'answers[].value': 's.answerValueLength[k]! >= 0',
      answer_count: answered,
      ttl: 's.ttl >= 0',
      latency_us: answered,
      truncated: answered,
    },
  };
}
