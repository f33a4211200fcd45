import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SchemaRegistry } from '../../src/registry/schema-registry.js';
import { RegistryDouble } from './double.js';

const SECRET = 'tr0ub4dor&3';
const PAIR = Buffer.from(`me:${SECRET}`).toString('base64');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntrail-registry-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=registry'];
  for (const [name, san] of Object.entries({ good: 'IP:127.0.0.1', 'wrong-name': 'DNS:elsewhere.example' }))
    openssl(
      'req',
      '-x509',
      ...key,
      '-addext',
      `subjectAltName=${san}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  // `req -x509` signs from now on only.
  file(
    'expired.cnf',
    '[ca]\ndefault_ca=d\n[d]\ndatabase=db\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n' +
      '[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n',
  );
  file('db', '');
  openssl('req', ...key, '-keyout', 'expired.key', '-out', 'expired.csr');
  openssl(
    ...[
      'ca',
      '-selfsign',
      '-batch',
      '-config',
      'expired.cnf',
      '-create_serial',
      '-keyfile',
      'expired.key',
      '-in',
      'expired.csr',
    ],
    ...['-startdate', '20200101000000Z', '-enddate', '20200102000000Z', '-out', 'expired.pem', '-notext'],
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const tls = (name: string) => ({
  key: readFileSync(join(folder, `${name}.key`)),
  cert: readFileSync(join(folder, `${name}.pem`)),
});

describe('credentials', () => {
  it.each([
    ['basicAuthFile', `me:${SECRET}\n`, `Basic ${PAIR}`],
    ['bearerFile', SECRET, `Bearer ${SECRET}`],
  ])('of %s are sent', async (option, text, header) => {
    const double = await RegistryDouble.open(tls('good'));
    const options = { url: double.url, caFile: join(folder, 'good.pem'), [option]: file('sent', text) };
    const registry = await SchemaRegistry.open(options);
    await registry.byId(1);
    expect(double.seen[0]?.headers.authorization).toBe(header);
  });

  it('are read anew for each call, so that a new secret is taken up', async () => {
    const double = await RegistryDouble.open(tls('good'));
    const bearerFile = file('rotated', 'first');
    const registry = await SchemaRegistry.open({ url: double.url, caFile: join(folder, 'good.pem'), bearerFile });
    await registry.byId(1);
    file('rotated', 'second');
    await registry.byId(1);
    expect(double.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it.each([401, 403, 400, 409, 422, 503])(
    'stay out of what is said of a refusal that quotes them: %d',
    async (status) => {
      const double = await RegistryDouble.open();
      double.interfere = ({ headers }, response) => {
        const message = `no ${headers.authorization} \u001b[31m me:${SECRET} ${SECRET}\n`;
        response.writeHead(status).end(JSON.stringify({ error_code: status, message }));
        return true;
      };
      const basicAuthFile = file('quoted', `me:${SECRET}`);
      const registry = await SchemaRegistry.open({
        url: double.url,
        attempts: 1,
        basicAuthFile,
        plaintextCredentials: true,
      });
      const error = (await registry.byId(1).catch((thrown) => thrown)) as Error & { code: string };
      expect(error.code).toMatch(/^CONNTRAIL_REGISTRY_/);
      const said = `${error.message}${error.stack}${JSON.stringify(error)}${String(error.cause)}`;
      expect(said).toContain('***');
      expect(said).not.toContain(SECRET);
      expect(said).not.toContain(PAIR);
      expect(error.message).not.toMatch(/\p{Cc}/u);
    },
  );

  it('are not sent over http unless it is said so', async () => {
    const bearerFile = file('plain', SECRET);
    await expect(SchemaRegistry.open({ url: 'http://r', bearerFile })).rejects.toMatchObject({
      code: 'CONNTRAIL_OPTION',
    });
    await SchemaRegistry.open({ url: 'http://r', bearerFile, plaintextCredentials: true });
  });
});

describe('a secret is refused', () => {
  const use = async (path: string) => {
    const double = await RegistryDouble.open();
    const registry = await SchemaRegistry.open({ url: double.url, bearerFile: path, plaintextCredentials: true });
    const error = await registry.byId(1).catch((thrown) => thrown);
    expect(double.seen).toEqual([]);
    expect(String(error)).not.toContain(SECRET);
    return error;
  };

  it.each([
    ['that others may read', () => file('open', SECRET, 0o640), 'CONNTRAIL_OPTION', 'chmod 600'],
    ['of two lines', () => file('two', `a\n${SECRET}`), 'CONNTRAIL_OPTION', 'more than one line'],
    ['that is empty', () => file('empty', '\n'), 'CONNTRAIL_OPTION', 'holds no secret'],
    ['that is a whole book', () => file('book', 'x'.repeat(9000)), 'CONNTRAIL_OPTION', 'larger than 8192'],
    ['that is not there', () => join(folder, 'absent'), 'CONNTRAIL_IO', 'absent'],
    ['that is a folder', () => folder, 'CONNTRAIL_IO', folder],
  ])('%s', async (_, path, code, part) => {
    expect(await use(path())).toMatchObject({ code, message: expect.stringContaining(part) });
  });

  it.runIf(process.geteuid?.() === 0)('of another user', async () => {
    const path = file('foreign', SECRET);
    chownSync(path, 12345, 12345);
    process.seteuid!(54321);
    try {
      expect(await use(path)).toMatchObject({ code: 'CONNTRAIL_IO' });
    } finally {
      process.seteuid!(0);
    }
    expect(await use(path)).toMatchObject({ message: expect.stringContaining('belongs to another user') });
  });
});

describe('trust', () => {
  it.each([
    ['another CA', 'good', 'wrong-name'],
    ['no CA of its own', 'good', null],
    ['another name', 'wrong-name', 'wrong-name'],
    ['a certificate that has expired', 'expired', 'expired'],
  ])('is not given: %s', async (_, server, ca) => {
    const double = await RegistryDouble.open(tls(server));
    const caFile = ca === null ? {} : { caFile: join(folder, `${ca}.pem`) };
    const registry = await SchemaRegistry.open({ url: double.url, attempts: 3, ...caFile });
    await expect(registry.byId(1)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_TLS' });
    expect(double.seen).toEqual([]);
  });

  it('is not given to TLS below 1.2, or to what speaks none', async () => {
    const old = await RegistryDouble.open({
      ...tls('good'),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    const plain = await RegistryDouble.open();
    for (const url of [old.url, plain.url.replace('http:', 'https:')]) {
      const registry = await SchemaRegistry.open({ url, attempts: 1, caFile: join(folder, 'good.pem') });
      await expect(registry.byId(1)).rejects.toMatchObject({ code: 'CONNTRAIL_REGISTRY_TLS' });
    }
  });
});

describe('options are refused', () => {
  it.each([
    ['a URL with a password', { url: `https://me:${SECRET}@r` }],
    ['a URL with a query', { url: 'https://r?a' }],
    ['another scheme', { url: 'ftp://r' }],
    ['no URL', { url: SECRET }],
    ['two kinds of credentials', { url: 'https://r', basicAuthFile: 'a', bearerFile: 'b' }],
    ['a CA without TLS', { url: 'http://r', caFile: 'a' }],
    ['no time', { url: 'https://r', timeoutMs: 0 }],
    ['no try', { url: 'https://r', attempts: 0 }],
    ['a CA file that is none', () => ({ url: 'https://r', caFile: file('none.pem', 'x') })],
  ])('%s', async (_, given) => {
    const error = await SchemaRegistry.open(typeof given === 'function' ? given() : given).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'CONNTRAIL_OPTION' });
    expect(String(error)).not.toContain(SECRET);
  });
});
