import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { queryString, type Signed, Signer, type Unsigned } from '../../../src/madmin/signing.js';

const HOST = '[::1]:9000';
const DATE = new Date('2026-11-21T22:48:06.554Z');

/** Signature V4 as MinIO checks it: from what arrives on the wire, with repeated values in the order of arrival. */
function serverSignature(
  method: string,
  { target, headers }: Signed,
  body: Uint8Array,
  secret: string,
): string {
  const [path = '', query = ''] = target.split('?');
  const authorization = headers.authorization ?? '';
  const [, day = '', region = '', service = ''] =
    /Credential=.*\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, /.exec(authorization) ?? [];
  const [, names = ''] = /SignedHeaders=([^,]+), /.exec(authorization) ?? [];
  const canonical = [
    method,
    path,
    reencode(query),
    ...names.split(';').map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

/** Go's url.Values: keys sorted, the values of one key as they came; escaped anew. */
function reencode(query: string): string {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&').filter(Boolean)) {
    const [key = '', value = ''] = pair
      .split('=')
      .map((text) => decodeURIComponent(text.replaceAll('+', ' ')));
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const escape = (text: string): string =>
    [...Buffer.from(text)]
      .map((byte) => String.fromCharCode(byte))
      .map((char) => (/[A-Za-z0-9_.~-]/.test(char) ? char : `%${hex(char)}`))
      .join('');
  return [...values.keys()]
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap((key) => (values.get(key) ?? []).map((value) => `${escape(key)}=${escape(value)}`))
    .join('&');
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/\p{Surrogate}/u.test(text));
const special = fc.constantFrom(
  "!'()*",
  'a b',
  'a+b',
  'a%20b',
  'a&b=c',
  'ü☃🎈',
  '~-_.',
  '/',
  ':',
  '#?',
  '\u0000',
  'é',
);
const value = fc.oneof(name, special);
const query = fc.dictionary(
  fc.constantFrom('user', 'group', 'policy', 'accessKey', 'v', 'Prefix', 'policyName', 'isGroup'),
  fc.oneof(value, fc.array(value, { maxLength: 6 })),
);

describe('requests', () => {
  it('verify as MinIO verifies them, whatever the names', () => {
    const property = fc.property(
      query,
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
      name,
      (query, body, method, secret) => {
        const signer = new Signer({
          host: HOST,
          service: 's3',
          region: 'eu-west-1',
          credentials: { accessKey: 'admin', secretKey: secret },
        });
        const request: Unsigned = {
          method: method,
          path: '/minio/admin/v3/x',
          query,
          body,
        };
        const signed = signer.sign({ ...request, headers: { 'content-type': 'text/plain' } }, DATE);
        expect(signed.headers.host).toBe(HOST);
        expect(signed.headers['x-amz-content-sha256']).toBe(sha256(body));
        expect(signed.headers.authorization).toMatch(
          /^AWS4-HMAC-SHA256 Credential=admin\/20261121\/eu-west-1\/s3\/aws4_request, SignedHeaders=\S*host;\S*, Signature=/,
        );
        expect(signed.headers.authorization!.split('Signature=')[1]).toBe(
          serverSignature(method, signed, body, secret),
        );
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('say the query as it was meant', () => {
    const property = fc.property(query, (query) => {
      const parsed = new URLSearchParams(queryString(query));
      for (const [key, values] of Object.entries(query)) {
        const expected = [values].flat();
        expect(parsed.getAll(key).toSorted()).toEqual(expected.toSorted());
      }
      expect([...parsed].length).toBe(Object.values(query).flat().length);
    });
    fc.assert(property);
  });

  it('leave out what is undefined, and keep what is empty', () => {
    expect(queryString({ b: '', a: undefined, c: [], 'a(': ['2', '10', 'é', 'z'] })).toBe(
      'a%28=%C3%A9&a%28=10&a%28=2&a%28=z&b=',
    );
  });

  it('are signed for STS with another service', () => {
    const credentials = { accessKey: 'ü/ser', secretKey: 'user-secret' };
    const signer = new Signer({ host: HOST, service: 'sts', region: 'us-east-1', credentials });
    const body = Buffer.from('Action=AssumeRole');
    const signed = signer.sign({ method: 'POST', path: '/', body }, DATE);
    expect(Buffer.from(signed.headers.authorization!, 'latin1').toString()).toContain(
      'Credential=ü/ser/20261121/us-east-1/sts/aws4_request, ',
    );
    expect(signed.headers.authorization).toContain(serverSignature('POST', signed, body, 'user-secret'));
  });
});
