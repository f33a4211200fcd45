import { expect, test } from 'vitest';
import { kafkaTarget } from '../../../src/sinks/kafka/kafka-target.js';

const REGISTRY = { url: 'http://r:8081/' };
const PASSWORD = { mechanism: 'SCRAM-SHA-512', user: 'u', passwordFile: '/p' };
const TOKEN = { mechanism: 'OAUTHBEARER', tokenEndpoint: 'https://t/', clientId: 'c', clientSecretFile: '/s' };
const of = (config: unknown) => kafkaTarget('kafka://a,b:1/p', config, 'k.json');

test('what is not given has its default', () => {
  expect(of({ registry: REGISTRY })).toEqual({
    brokers: ['a:9092', 'b:1'],
    prefix: 'p',
    registry: REGISTRY,
    framing: 'message',
    compression: 'zstd',
    topics: { create: true, partitions: 6, replication: -1, retentionMs: 604_800_000 },
    tls: null,
    sasl: null,
    plaintextCredentials: false,
    lingerMs: 50,
    messageBytes: 1_000_000,
    extra: {},
  });
});

test('what is given is taken', () => {
  const config = {
    registry: { ...REGISTRY, basicAuthFile: '/b', caFile: '/c', timeoutMs: 5, attempts: 1, plaintextCredentials: true },
    framing: 'block',
    compression: 'lz4',
    topics: { create: false, partitions: 12, replication: 3, retentionMs: -1 },
    tls: { caFile: '/ca', certificateFile: '/crt', keyFile: '/key', keyPasswordFile: '/pw' },
    sasl: TOKEN,
    plaintextCredentials: true,
    lingerMs: 0,
    messageBytes: 5_000_000,
    extra: { 'client.id': 'me', 'socket.keepalive.enable': true, 'broker.address.family': 'v4' },
  };
  expect(of(config)).toEqual({ brokers: ['a:9092', 'b:1'], prefix: 'p', ...config });
});

test.each([
  [{}, /^Correct k\.json: registry: .* A schema registry is needed: "registry": \{"url": /],
  [null, /^Correct k\.json: options: /],
  [[], /^Correct k\.json: options: /],
  [{ registry: {} }, /registry\.url: /],
  [{ registry: REGISTRY, brokers: ['x'] }, /unknown option brokers\./],
  [{ registry: { ...REGISTRY, password: 'x' } }, /unknown option registry\.password\./],
  [{ registry: REGISTRY, topics: { partition: 3 } }, /unknown option topics\.partition\./],
  [{ registry: REGISTRY, topics: { replication: 0 } }, /topics\.replication: /],
  [{ registry: REGISTRY, tls: { verify: false } }, /unknown option tls\.verify\./],
  [{ registry: REGISTRY, tls: { certificateFile: '/c' } }, /tls: certificateFile and keyFile go together/],
  [{ registry: REGISTRY, tls: { keyPasswordFile: '/c' } }, /tls: keyPasswordFile is of a keyFile/],
  [{ registry: REGISTRY, tls: {}, sasl: { mechanism: 'GSSAPI' } }, /sasl\.mechanism: must be PLAIN, SCRAM-SHA-256, /],
  [{ registry: REGISTRY, tls: {}, sasl: { ...PASSWORD, password: 'x' } }, /unknown option sasl\.password\./],
  [{ registry: REGISTRY, sasl: PASSWORD }, /sasl: credentials would be sent without TLS; set tls, or plaintextCredent/],
  [{ registry: REGISTRY, sasl: TOKEN }, /sasl: credentials would be sent without TLS/],
  [{ registry: REGISTRY, extra: { acks: 1 } }, /unknown option extra\.acks\./],
  [
    { registry: REGISTRY, extra: { 'enable.ssl.certificate.verification': false } },
    /unknown option extra\.enable\.ssl/,
  ],
  [{ registry: REGISTRY, extra: { 'client.id': 'a\nb' } }, /extra\.client\.id: must be one line/],
  [{ registry: REGISTRY, lingerMs: '5' }, /lingerMs: must be a whole number of ms from 0 to 60000/],
  [{ registry: REGISTRY, framing: 'json' }, /framing: /],
  [JSON.parse('{"registry": {"url": "http://r"}, "__proto__": {"lingerMs": 1}}'), /unknown option __proto__\./],
])('%j is refused', (config, sentence) => {
  expect(() => of(config)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
  expect(() => of(config)).toThrow(sentence);
});

test('everything that is wrong is told at once', () => {
  expect(() => of({ registry: REGISTRY, lingerMs: -1, compression: 'zip' })).toThrow(/compression: .*; lingerMs: /);
});

test('credentials go without TLS when that was asked for', () => {
  expect(of({ registry: REGISTRY, sasl: PASSWORD, plaintextCredentials: true }).sasl).toEqual(PASSWORD);
  expect(of({ registry: REGISTRY, sasl: PASSWORD, tls: {} }).tls).toEqual({});
});
