/** Whatever bytes names and texts hold: no output has a byte that could steer a terminal or a line reader (SR-13). */
import avro from 'avsc';
import { expect, test } from 'vitest';
import { DnsWriter } from '../../benchmarks/input/dns-writer.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { DNS } from '../../src/dns/feature.js';
import { FEATURE, KIND } from '../../src/dns/layout.gen.js';
import { type DnsOptions, dnsOptions } from '../../src/dns/options.js';
import { namePrivacy } from '../../src/dns/privacy/prepare.js';
import { isUnsafe } from '../../src/encoding/safe-text.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { JsonArrayWriter } from '../../src/sinks/json-array-writer.js';
import { NdjsonWriter } from '../../src/sinks/ndjson-writer.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { CollectingSink } from '../sinks/collecting-sink.js';
import { conn, FrameStream } from '../support/frames.js';
import { CLIENT, SERVER, segment } from './segments.js';

/** Escape sequences, C0, DEL, C1, bidirectional overrides, line separators, quotes, dots, backslashes, what is no UTF-8; secret in between. */
const LABELS = [
  '\x1b[31mred',
  'a\nb\r\tc\x00d',
  '\x7f\x9b2J\xc2\x9b',
  '\xe2\x80\xaeevil\xe2\x81\xa6',
  '\xe2\x80\xa8line',
  '\xff\xfe\xc0\xaf',
  'dot.ted\\back"quote',
  // Every byte there is, in labels of 32.
  ...Array.from({ length: 8 }, (_, i) =>
    Buffer.from(Array.from({ length: 32 }, (_, k) => 32 * i + k)).toString('latin1'),
  ),
  'secret',
];
/** Keys of parameters of a service whose values are numbers, addresses or protocols, as they should be. */
const MISUSED = [0, 1, 2, 3, 4, 6, 9];

const writer = new DnsWriter();

/** The question, and with records: a chain, an address, a text, a pointer, a zone, a service. */
function message(id: number, name: readonly string[], type: number, answers: boolean): Uint8Array {
  writer.begin();
  for (const word of [id, answers ? 0x8180 : 0x0100, 1, answers ? 7 : 0, 0, answers ? 1 : 0]) writer.u16(word);
  writer.name(name);
  writer.u16(type);
  writer.u16(1);
  if (!answers) return writer.message;
  const alias = ['x', ...name];
  const text = Buffer.from(name.join('\0'), 'latin1');
  // Texts behind their lengths, as protocols are, which are neither whole numbers nor addresses.
  const odd = Buffer.concat([Buffer.from([text.length]), text, ...(text.length % 2 === 0 ? [] : [Buffer.from([0])])]);
  writer.record(name, 5, 1, 60, () => writer.name(alias));
  writer.record(alias, 1, 1, 60, () => writer.u32(0xcb007107));
  writer.record(alias, 16, 1, 60, () => writer.data(Buffer.concat([Buffer.from([text.length]), text])));
  writer.record(alias, 15, 1, 60, () => {
    writer.u16(10);
    writer.name(name, false);
  });
  writer.record(alias, 6, 1, 60, () => {
    writer.name(name);
    writer.name(alias);
    for (let i = 0; i < 5; i++) writer.u32(i);
  });
  writer.record(alias, 65, 1, 60, () => {
    writer.u16(1);
    writer.name(name, false);
    for (const key of MISUSED) {
      writer.u16(key);
      writer.u16(odd.length);
      writer.data(odd);
    }
  });
  writer.record(alias, 33, 1, 60, () => {
    for (let i = 0; i < 3; i++) writer.u16(i);
    writer.name(name, false);
  });
  // EDNS, with an extended error and what its sender has to say to it.
  writer.record([], 41, 1232, 0, () => {
    writer.u16(15);
    writer.u16(2 + text.length);
    writer.u16(0);
    writer.data(text);
  });
  return writer.message;
}

/** All that is written of such messages, as text of one byte a character. */
async function outputs(names: DnsOptions['names']): Promise<Map<string, string>> {
  const options = dnsOptions.parse({ names, records: 'both', maxAddresses: 100, maxNames: 1000, maxQueries: 100 });
  const sinks = new Map(['ndjson', 'json', 'table', 'wide', 'avro'].map((name) => [name, new CollectingSink()]));
  const tables = await Promise.all([DNS, CONNECTIONS].map(async (feature) => (await feature.tables?.()) ?? []));
  const table = (name: string, wide: boolean) =>
    new TableWriter(sinks.get(name)!, tables.flat(), { wide, colour: false, names: true } as never);
  const clients = [
    { name: 'ndjson', writer: new NdjsonWriter(sinks.get('ndjson')!) },
    { name: 'json', writer: new JsonArrayWriter(sinks.get('json')!) },
    { name: 'table', writer: table('table', false) },
    { name: 'wide', writer: table('wide', true) },
    {
      name: 'avro',
      writer: new AvroStreamWriter(sinks.get('avro')!),
    },
  ];
  const features = [
    { feature: DNS as Feature, options, prepared: await namePrivacy(options, false) },
    { feature: CONNECTIONS as Feature, options: CONNECTIONS.options.parse({}) },
  ];
  const pipeline = new Pipeline({ host: 'test', bootId: 'b', features, clients });
  const stream = new FrameStream((view) => pipeline.push(view));
  let now = 1e10;
  let events = 0;
  stream.clock(now, 1_700_000_000_000_000);
  for (const [id, label] of LABELS.entries()) {
    for (const [type, answered] of [
      [1, true],
      [28, false],
      [12, true],
    ] as const) {
      const name = [label, label, 'example', 'com'];
      const ends = { local: { ...CLIENT, port: 2000 + events }, remote: SERVER, comm: '\x1b[2Jc\u202e' };
      const out = segment({
        bootNs: now,
        ...ends,
        bytes: message(id, name, type, false),
        source: 'cgroup_out',
        pid: 7,
      });
      stream.add(KIND.segment, out, 1);
      events++;
      now += 1e6;
      if (!answered) continue;
      const back = segment({ bootNs: now, ...ends, bytes: message(id, name, type, true), source: 'cgroup_in' });
      stream.add(KIND.segment, back, 1);
      events++;
    }
    stream.single(0, conn({ cookie: 1000 + id, start_ns: now, end_ns: now, remote_address: [203, 0, 113, 7] }));
  }
  const of = (feature: number | undefined, units: number) =>
    stream.account({
      ...(feature && { feature }),
      attempted: units,
      emitted: units,
      read: units,
      enqueued: units,
      final: 1,
    });
  of(FEATURE, events);
  of(undefined, LABELS.length);
  stream.flush(now, { final: true });
  for (const { writer: each } of clients) each.push();
  pipeline.close();
  const written = new Map([...sinks].map(([name, sink]) => [name, Buffer.concat(sink.chunks).toString('latin1')]));
  written.set('avro', (await textsOf(sinks.get('avro')!.bytes)).join('\n'));
  return written;
}

/** All texts of the records in a container, one byte a character. */
async function textsOf(container: Uint8Array): Promise<string[]> {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(Buffer.from(value).toString('latin1'));
    else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) collect(each);
  };
  const decoder = new avro.streams.BlockDecoder();
  decoder.on('data', collect);
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(container);
  await ended;
  return texts;
}

test('names that are to be hidden are not told by a pipeline that was not prepared', () => {
  const features = [{ feature: DNS as Feature, options: dnsOptions.parse({ names: 'hash' }) }];
  expect(() => new Pipeline({ host: 'test', bootId: 'b', features, clients: [] })).toThrow(/Prepare the feature dns/);
});

test.each(['full', 'domain', 'hash'] as const)('names %s: every byte can be shown', async (names) => {
  for (const [output, text] of await outputs(names)) {
    expect(text.length, output).toBeGreaterThan(1000);
    // Tables have arrows, dots and their like, in UTF-8: no control is one of those characters.
    const shown = Buffer.from(text, 'latin1').toString();
    const unsafe = [...shown].filter((character) => character !== '\n' && isUnsafe(character.codePointAt(0)!));
    expect(unsafe, output).toEqual([]);
    expect(shown, output).not.toContain('\ufffd');
    if (output === 'ndjson') {
      for (const line of text.trimEnd().split('\n')) JSON.parse(line);
      expect(text).toMatch(/^[ -~\n]*$/);
      expect(text.match(/"names":\[\{/g)!.length).toBe(LABELS.length);
    }
    if (names !== 'full') expect(text.includes('secret'), output).toBe(false);
    // Unless names are hidden, tables that cut nothing and records have them.
    else if (output !== 'table') expect(text, output).toContain('secret.secret.example.com');
    if (names === 'full' && output === 'ndjson') expect(text).toContain('\\\\027[31mred.\\\\027[31mred.example.com');
  }
});
