/** `conntrail decode dns`: what files hold, as lines of JSON. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import type { MessageObject } from '../../../src/dns/decode/message-object.js';
import { hex, withAnswer } from '../message/raw.js';

const folder = mkdtempSync(join(tmpdir(), 'conntrail-decode-'));
afterAll(() => rmSync(folder, { recursive: true }));

let out = '';
let err = '';
beforeEach(() => {
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** Exit status of `conntrail decode dns FILES`. */
async function decode(...files: string[]): Promise<number> {
  process.exitCode = 0;
  await createProgram().parseAsync(['node', 'conntrail', 'decode', 'dns', ...files]);
  return Number(process.exitCode);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const lines = (): (MessageObject & { file: string })[] =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as MessageObject & { file: string });

test('a whole answer', async () => {
  const bytes = encode({
    type: 'response',
    id: 7,
    flags: 0x8583,
    questions: [{ name: 'WWW.example.com', type: 'A' }],
    answers: [
      { name: 'www.example.com', type: 'CNAME', ttl: 300, data: 'x.example.net' },
      { name: 'x.example.net', type: 'A', ttl: 4294967295, data: '192.0.2.7' },
      { name: 'x.example.net', type: 'HINFO', ttl: 1, data: { cpu: 'a', os: 'b' } },
    ],
    authorities: [{ name: 'example.net', type: 'NS', ttl: 9, data: 'ns.example.net' }],
    additionals: [
      { name: 'ns.example.net', type: 'AAAA', ttl: 9, data: '2001:db8::53' },
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [{ code: 15, data: Buffer.from('\0\x17a\x1bb', 'latin1') }],
      } as never,
    ],
  });
  const path = file('answer', Buffer.concat([bytes, Buffer.alloc(3)]));
  expect(await decode(path)).toBe(0);
  expect(lines()).toEqual([
    {
      file: path,
      bytes: bytes.length,
      trailing_bytes: 3,
      id: 7,
      response: true,
      opcode: 'QUERY',
      rcode: 'NXDOMAIN',
      rcode_number: 3,
      authoritative: true,
      truncated: false,
      recursion_desired: true,
      recursion_available: true,
      authentic_data: false,
      checking_disabled: false,
      question: { name: 'www.example.com', type: 'A', class: 'IN' },
      answers: [
        {
          name: 'www.example.com',
          type: 'CNAME',
          class: 'IN',
          ttl: 300,
          value: 'x.example.net',
          value_cut: false,
          data: null,
        },
        {
          name: 'x.example.net',
          type: 'A',
          class: 'IN',
          ttl: 4294967295,
          value: '192.0.2.7',
          value_cut: false,
          data: null,
        },
        { name: 'x.example.net', type: 'HINFO', class: 'IN', ttl: 1, value: null, value_cut: false, data: '01610162' },
      ],
      authorities: [
        { name: 'example.net', type: 'NS', class: 'IN', ttl: 9, value: 'ns.example.net', value_cut: false, data: null },
      ],
      additionals: [
        {
          name: 'ns.example.net',
          type: 'AAAA',
          class: 'IN',
          ttl: 9,
          value: '2001:db8::53',
          value_cut: false,
          data: null,
        },
      ],
      edns: {
        version: 0,
        udp_size: 1232,
        dnssec_ok: false,
        extended_errors: [{ code: 23, name: 'Network Error', text: 'a\\027b' }],
        options: [{ code: 15, data: '0017611b62' }],
      },
      cname_chain: ['x.example.net'],
      addresses: ['192.0.2.7'],
      partial: false,
      bounded: false,
    },
  ]);
});

test('each file is decided: the good ones told, the bad ones with their reason, status 0', async () => {
  const good = file('good', encode({ type: 'query', id: 1, questions: [{ name: 'a.b', type: 'A' }] }));
  const loop = file('loop', hex('0001 0100 0001 0000 0000 0000 c00c 0001 0001'));
  const huge = file('huge', Buffer.alloc(70_000));
  const empty = file('empty', Buffer.alloc(0));
  expect(await decode(loop, good, huge, empty, good)).toBe(0);
  expect(lines().map((line) => line.file)).toEqual([good, good]);
  expect(err.split('\n')).toEqual([
    `conntrail: ${loop} is no DNS message: a pointer in a name does not lead back (pointer) [CONNTRAIL_DNS_MESSAGE]`,
    `conntrail: ${huge} is no DNS message: a message has 12 to 65535 bytes (length) [CONNTRAIL_DNS_MESSAGE]`,
    `conntrail: ${empty} is no DNS message: a message has 12 to 65535 bytes (length) [CONNTRAIL_DNS_MESSAGE]`,
    '',
  ]);
});

test('a file that cannot be read is a failure, whatever the others are', async () => {
  const bad = file('bad', hex('00'));
  mkdirSync(join(folder, 'directory'));
  expect(await decode(join(folder, 'missing'), join(folder, 'directory'), bad)).toBe(1);
  expect(err.match(/\[CONNTRAIL_IO\]$/gm)).toHaveLength(2);
});

test('hostile names come out as printable ASCII', async () => {
  const label = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x0a, 0xe2, 0x80, 0xae, 0x22, 0xff, 0x00, 0x9b, 0x7f]);
  const name = Buffer.concat([Buffer.from([label.length]), label, hex('00')]);
  const texts = Buffer.concat([Buffer.from([label.length]), label]);
  const files = [
    file('cname', withAnswer(5, name)),
    file('txt', withAnswer(16, texts)),
    file('\u202e\u009b', withAnswer(5, name)),
  ];
  expect(await decode(...files)).toBe(0);
  expect(out).toMatch(/^[\x20-\x7e\n]*$/);
  expect(lines()[0]!.answers[0]!.value).toBe('\\027[31m\\010\\226\\128\\174"\\255\\000\\155\\127');
  expect(lines()[1]!.answers[0]!.value).toBe('"\\027[31m\\010\\226\\128\\174\\"\\255\\000\\155\\127"');
});
