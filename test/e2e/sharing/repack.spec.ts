import { waitFor } from '../../../scripts/child.mjs';
import type { PolicyDocument } from '../../../src/madmin/types.js';
import { documentSize, MAX_DOCUMENT_BYTES } from '../../../src/policy/documents.js';
import { shardDocument } from '../../../src/policy/grants/grants.js';
import { outcome } from '../../support/access/s3.js';
import {
  lists,
  NO_LIMITS,
  pathOf,
  reads,
  sessionOf,
  share,
  shareEach,
} from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** More than two documents hold. */
const FOLDERS = Array.from(
  { length: 120 },
  (_, n) => `${homeOf('alice')}${'a-folder-with-a-long-name/'.repeat(3)}${String(n).padStart(3, '0')}/`,
);

/** An older version weighed less: its documents, which it filled, are too small for what this one writes. */
describe('documents that a version of before packed more tightly', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    await stack.person('bob').post('/users/bob/sessions');
    await stack.admin.post('/groups/Team', { members: ['carol'] });
    for (const folder of FOLDERS) await stack.rootS3.put(BUCKET, `${folder}there`);
    await shareEach(stack, 'alice', FOLDERS, { with_users: ['bob'], with_groups: ['Team'] });
    await stack.stopService();
    // all of them in the first document, and light
    const [result] = await runSql(stack.env, ['update access_grant set shard = 1, weight = 50']);
    expect(result).toHaveProperty('rows');
    await stack.startService();
  }, START_MS + 60_000);
  afterAll(() => stack?.stop());

  it('are packed anew by the next change, and nobody loses access meanwhile', async () => {
    const bob = await sessionOf(stack, 'bob');
    const carol = await sessionOf(stack, 'carol');
    let done = false;
    const refused = new Set<string>();
    const watch = async (client: typeof bob) => {
      for (let n = 0; !done; n = (n + 7) % FOLDERS.length) {
        const folder = FOLDERS[n] as string;
        const answer = await outcome(() => client.get(BUCKET, `${folder}there`));
        if (answer !== 'ok') refused.add(`${folder} ${answer}`);
      }
    };
    const watched = [bob, carol].map(watch);
    const one = `${homeOf('alice')}one/`;
    await stack.rootS3.put(BUCKET, `${one}there`);
    const body = { path: pathOf(one), with_users: ['bob'], with_groups: ['Team'] };
    try {
      expect([200, 202]).toContain((await share(stack, 'alice', body)).status);
      for (const path of ['/users/bob', '/groups/Team'])
        await waitFor(`${path} to be enforced`, async () => (await stack.admin.get(path)).body.enforced);
    } finally {
      done = true;
      await Promise.all(watched);
    }
    expect([...refused]).toEqual([]);
    for (const client of [bob, carol]) {
      for (const folder of [...FOLDERS, one])
        expect([await reads(client, `${folder}there`), await lists(client, folder)]).toEqual(['ok', 'ok']);
    }
  });

  it('leave documents that MinIO takes, weights that count, and nothing to mend', async () => {
    for (const [name, document] of Object.entries(await stack.root.policies.list())) {
      if (name.startsWith('mgr:')) expect(documentSize(document)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
    }
    const { body } = await stack.admin.get('/admin/drift');
    expect(body.subjects).toEqual([]);
    await stack.stopService();
    const [result] = await runSql(stack.env, [
      "select min(weight) as least, max(shard) as top from access_grant where prefix not like '%/one'",
    ]);
    expect(result).toMatchObject({ rows: [{ least: expect.any(Number), top: 3 }] });
    expect((result as { rows: { least: number }[] }).rows[0]?.least).toBeGreaterThan(300);
  });
});

/** So many of the folders filled a document when a list statement said its prefixes once. */
const FULL = 54;

/**
 * A document as versions of before wrote it: any of several values of a repeated key was enough. Each also lets the bucket be asked about,
 * as `shardDocument` still writes it when it does not know that another one does.
 */
function inOldForm(document: PolicyDocument): PolicyDocument {
  const Statement = document.Statement.map((statement) => {
    const { 'ForAllValues:StringLike': all, ...Condition } = statement.Condition ?? {};
    return all ? { ...statement, Condition: { ...Condition, StringLike: all } } : statement;
  });
  return { ...document, Statement };
}

describe('documents that a version of before wrote in another form', () => {
  let stack: Stack;
  /** Those with a list statement. */
  const lists = (document: PolicyDocument) => JSON.stringify(document).includes('s3:prefix');
  const isOld = (document: PolicyDocument) =>
    lists(document) && !JSON.stringify(document).includes('ForAllValues:StringLike');
  const asksOnItsOwn = (document: PolicyDocument) => JSON.stringify(document).includes('GetBucketVersioning');
  const ours = async () =>
    Object.entries(await stack.root.policies.list()).filter(([name]) => name.startsWith('mgr:'));

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '1' }, proxied: true });
    for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    await stack.admin.post('/groups/Team', { members: ['carol'] });
    for (const folder of FOLDERS) await stack.rootS3.put(BUCKET, `${folder}there`);
    await shareEach(stack, 'alice', FOLDERS, { with_users: ['bob'], with_groups: ['Team'] });
    await stack.stopService();
    const [result] = await runSql(stack.env, [
      `update access_grant set weight = 365, shard = 1 + substring(prefix from '[0-9]+$')::int / ${FULL}`,
    ]);
    expect(result).toHaveProperty('rows');
    for (const [name, document] of await ours()) await stack.root.policies.put(name, oldOf(name, document));
    expect((await ours()).filter(([, document]) => lists(document) && !isOld(document))).toEqual([]);
  }, START_MS + 60_000);
  afterAll(() => stack?.stop());

  function oldOf(name: string, document: PolicyDocument): PolicyDocument {
    const shard = Number(name.split(':').at(-1));
    if (shard === 0) return inOldForm(document);
    const folders = FOLDERS.slice((shard - 1) * FULL, shard * FULL);
    const grants = folders.map((folder) => ({
      bucket: BUCKET,
      prefix: folder.slice(0, -1),
      folder: true,
      permission: 'read' as const,
    }));
    const old = inOldForm(shardDocument(grants, { tag: name }));
    expect(documentSize(old)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
    if (folders.length === FULL)
      expect(documentSize(shardDocument(grants, { tag: name }))).toBeGreaterThan(MAX_DOCUMENT_BYTES);
    return old;
  }

  it('are written anew by the sweep, homes included, and nobody loses access meanwhile', async () => {
    stack.proxy.reset();
    await stack.startService();
    const clients = await Promise.all(['bob', 'carol'].map((name) => sessionOf(stack, name)));
    let done = false;
    const refused = new Set<string>();
    const watched = clients.map(async (client) => {
      for (let n = 0; !done; n = (n + 7) % FOLDERS.length) {
        const folder = FOLDERS[n] as string;
        const answers = [
          await outcome(() => client.get(BUCKET, `${folder}there`)),
          await outcome(() => client.list(BUCKET, folder)),
          await outcome(() => client.headBucket(BUCKET)),
        ];
        if (String(answers) !== 'ok,ok,ok') refused.add(`${folder} ${String(answers)}`);
      }
    });
    try {
      const isAnew = async () =>
        !(await ours()).some(
          ([name, document]) => isOld(document) || (asksOnItsOwn(document) && !name.endsWith(':0')),
        );
      await waitFor('the new form', isAnew, { timeoutMs: 40_000 });
      const subjects = async () => (await stack.admin.get('/admin/drift')).body.subjects;
      await waitFor('no drift', async () => (await subjects()).length === 0);
    } finally {
      done = true;
      await Promise.all(watched);
    }
    expect([...refused]).toEqual([]);
    for (const client of clients) {
      for (const folder of FOLDERS)
        expect([
          await reads(client, `${folder}there`),
          await outcome(() => client.list(BUCKET, folder)),
        ]).toEqual(['ok', 'ok']);
    }
    for (const [, document] of await ours())
      expect(documentSize(document)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
    // a gap would be too short to be met by chance: a document may lose grants only when the one that they move to is attached
    const writes = stack.proxy.calls.filter(({ method }) => method === 'PUT').map(({ query }) => query);
    for (const subject of ['user:bob', 'group:Team']) {
      const shrinks = writes.findIndex((query) => query.get('name') === `mgr:${subject}:1`);
      const attached = writes.findIndex((query) => query.get('policyName')?.includes(`mgr:${subject}:4`));
      expect({ subject, attached: attached >= 0, first: attached < shrinks }).toEqual({
        subject,
        attached: true,
        first: true,
      });
    }
  });
});
