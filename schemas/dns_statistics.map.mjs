import { ends } from './dns.map.mjs';

/** Where each field of the dns_statistics record comes from: sums that the stage keeps over an interval, and the query that was counted last. */
export default { feature: 'src/dns', struct: 'SEGMENT', units: '0', sources };

/** A sketch of latencies, `s.success` or `s.failure`. */
function latency(path) {
  const l = `s.${path}`;
  return {
    source: {
      [`${path}.count`]: { number: `${l}.count` },
      [`${path}.sum_us`]: { number: `${l}.sumUs` },
      [`${path}.min_us`]: { number: `${l}.minUs` },
      [`${path}.max_us`]: { number: `${l}.maxUs` },
      [`${path}.p50_us`]: { double: `${l}.p50Us` },
      [`${path}.p90_us`]: { double: `${l}.p90Us` },
      [`${path}.p99_us`]: { double: `${l}.p99Us` },
      [`${path}.bins`]: { array: { count: `${l}.bins`, index: 'k' } },
      [`${path}.bins[].index`]: { number: `${l}.binIndex[k]!` },
      [`${path}.bins[].count`]: { number: `${l}.binCount[k]!` },
    },
    when: { [path]: `${l}.count !== 0` },
  };
}

function sources(context) {
  const both = ends(context, {
    local: { address: 'client.address', port: 'latest.port' },
    remote: { address: 'server.address', port: 'server.port' },
    cookie: 'latest.cookie',
    process: 'latest.process',
  });
  const success = latency('success');
  const failure = latency('failure');
  const text = (of) => ({ ascii: { bytes: 's.text', at: `s.${of}At`, length: `s.${of}Length` } });
  return {
    preamble: both.preamble,
    source: {
      host: { prefix: true },
      boot_id: { prefix: true },
      run: { prefix: true },
      seq: { number: 's.seq' },
      begin: { micros: 's.beginUs' },
      end: { micros: 's.endUs' },
      ...both.source,
      domain: text('name'),
      type: text('type'),
      rcodes: { map: { count: 's.rcodes', index: 'k', key: 's.rcodeName[k]!' } },
      'rcodes{}': { number: 's.rcodeCount[k]!' },
      ...success.source,
      ...failure.source,
      time_outs: { number: 's.timeOuts' },
      given_up: { number: 's.givenUp' },
      retries: { number: 's.retries' },
    },
    when: { ...both.when, ...success.when, ...failure.when },
  };
}
