import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalError } from '../../../src/madmin/errors.js';
import type { PolicyDocument } from '../../../src/madmin/types.js';
import { dateOf } from '../../../src/madmin/verbs/wire.js';
import { KEYS, stub } from './stub.js';

interface Recorded {
  policyInfo: { name: string; body: { policy: unknown } };
  serverInfo: { info: { servers: { version: string }[] } };
  accountInfo: unknown;
  refusals: { verb: string; status: number; body: string; code: string }[];
}

/** Answers of RustFS 1.0.1 as recorded, without what says nothing here. */
const RECORDED = JSON.parse(
  readFileSync(new URL('../../fixtures/madmin/rustfs-1.0.1.json', import.meta.url), 'utf8'),
) as Recorded;

const answering = (body: unknown) => stub((_, response) => response.end(JSON.stringify(body)));

describe('RustFS, by the form of its answers', () => {
  it('shows a policy as MinIO does', async () => {
    const { name, body } = RECORDED.policyInfo;
    const { client } = await answering(body);
    const info = await client.policies.info(name);
    expect(info).toMatchObject({ name, document: body.policy });
    expect(info.createdAt).toBeInstanceOf(Date);
    expect(info.updatedAt!.getTime()).toBeGreaterThanOrEqual(info.createdAt!.getTime());
  });

  it('tells about itself', async () => {
    const { client } = await answering(RECORDED.serverInfo);
    const { servers } = RECORDED.serverInfo.info;
    expect(await client.server.info()).toMatchObject({ product: 'RustFS', mode: 'online', servers });
  });

  it('tells who the caller is', async () => {
    const { client } = await answering(RECORDED.accountInfo);
    expect(await client.server.accountInfo()).toMatchObject({
      accountName: expect.any(String),
      policy: { Version: '2012-10-17', Statement: expect.any(Array) },
      buckets: [{ name: 'conformance', read: true, write: true }],
    });
  });

  it('is sent the date of a condition as text', async () => {
    const date = (values: string | string[]) => ({ DateLessThan: { 'aws:CurrentTime': values } });
    const prefix = { StringLike: { 's3:prefix': ['a/*'] } };
    const document = (...values: (string | string[])[]): PolicyDocument => ({
      Version: '2012-10-17',
      Statement: values.map((values) => ({ Effect: 'Allow', Condition: { ...date(values), ...prefix } })),
    });
    const made = await stub((_, response) => response.end());
    const bodies: string[] = [];
    made.onBody = (chunk) => bodies.push(chunk);
    const [day, other] = ['2026-12-31T00:00:00Z', '2027-12-31T00:00:00Z'];
    const given = document([day], day, [day, other]);
    await made.client.policies.put('mgr:user:alice:0', given);
    await made.client.sts.assumeRole(KEYS, { policy: given }).catch(() => undefined);
    const [named, session] = [bodies[0], new URLSearchParams(bodies[1]).get('Policy')];
    for (const sent of [named, session])
      expect(JSON.parse(String(sent))).toEqual(document(day, day, [day, other]));
  });

  it.each(RECORDED.refusals)('refuses $verb with $status $body: $code', ({ verb, status, body, code }) => {
    const error = refusalError({ verb, status, body: Buffer.from(body), write: true, secret: false });
    expect(error).toMatchObject({ code, outcomeUnknown: false });
  });

  it('leaves the outcome open where a refusal only contains the words of another', () => {
    const known = "user 'a' does not exist";
    const around = fc.tuple(fc.string({ minLength: 1 }), fc.string()).map(([a, b]) => `${a}${known}${b}`);
    const property = fc.property(around, (message) => {
      const body = Buffer.from(JSON.stringify({ Code: 'InternalError', Message: message }));
      const error = refusalError({ verb: 'users.setStatus', status: 500, body, write: true, secret: false });
      expect(error).toMatchObject({ code: 'internal', outcomeUnknown: true });
    });
    fc.assert(property);
  });
});

describe('dates', () => {
  const date = fc.date({ min: new Date(1), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  const spaced = (at: Date, digits: number) => {
    const [day, time] = at.toISOString().slice(0, -1).split('T');
    return `${day} ${time}${'9'.repeat(digits)} +00:00:00`;
  };

  it('are the same in both forms', () => {
    const property = fc.property(date, fc.nat(6), (at, digits) => {
      expect(dateOf(at.toISOString())).toEqual(at);
      expect(dateOf(spaced(at, digits))).toEqual(at);
    });
    fc.assert(property);
  });

  it('are none where they stand for never, or make no sense', () => {
    for (const text of [
      '',
      '0001-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
      '1970-01-01 00:00:00.0 +00:00:00',
      'soon',
    ])
      expect(dateOf(text)).toBeUndefined();
  });
});
