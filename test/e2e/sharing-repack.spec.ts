import { setTimeout as sleep } from 'node:timers/promises';
import { documentSize, MAX_DOCUMENT_BYTES } from '../../src/policy/documents.js';
import { outcome } from '../support/s3.js';
import { lists, NO_LIMITS, pathOf, reads, sessionOf, share } from '../support/sharing.js';
import { runSql } from '../support/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

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
    for (const folder of FOLDERS) {
      await stack.rootS3.put(BUCKET, `${folder}there`);
      const body = { path: pathOf(folder), with_users: ['bob'], with_groups: ['Team'] };
      expect((await share(stack, 'alice', body)).status).toBe(200);
    }
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
    expect([200, 202]).toContain((await share(stack, 'alice', body)).status);
    for (const path of ['/users/bob', '/groups/Team'])
      while (!(await stack.admin.get(path)).body.enforced) await sleep(50);
    done = true;
    await Promise.all(watched);
    expect([...refused]).toEqual([]);
    for (const client of [bob, carol]) {
      for (const folder of [...FOLDERS, one])
        expect([await reads(client, `${folder}there`), await lists(client, folder)]).toEqual(['ok', 'ok']);
    }
  }, 60_000);

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
