import { randomBytes } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { userOf } from '../../support/network/gate.js';
import { PortalBench } from '../../support/portal/bench.js';
import { problemOf } from '../../support/service/problems.js';
import { ended } from '../../support/workflows/provisions.js';
import { outcome, type S3 } from '../../support/access/s3.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS } from '../../support/service/stack.js';

const [first, second] = Array.from({ length: 2 }, () => randomBytes(24).toString('base64url'));
const READER = 'rotated-consumer';
const PROVIDER = 'rotated-provider';

describe('a rotation of all secrets', () => {
  let bench: PortalBench;
  let stack: Stack;
  /** MinIO users of both products. */
  let principals: string[];

  beforeAll(async () => {
    bench = await PortalBench.start({ proxied: true, env: { MASTER_KEY: first! } });
    ({ stack } = bench);
    await bench.grant(await bench.pair('rotated'));
    await bench.settle();
    const names = Object.keys(await stack.root.users.list());
    principals = names.filter((name) => name.includes('-rotated-')).sort();
    for (const user of ['alice', 'bob']) await stack.person(user).post(`/users/${user}`);
  }, START_MS);
  afterAll(() => bench?.stop());

  const present = async (user: string) =>
    (await stack.person(user).post(`/users/${user}`, { rotate: false })).body;
  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));
  const plan = async (only: object) =>
    (await stack.admin.post('/admin/rotate-all?dry_run=true', { only })).body;
  const shown = (id: string) => stack.admin.get(`/admin/rotations/${id}`);

  /** The run, once it is completed, with the names of whom it rotated. */
  async function run(body: object): Promise<{ id: string; provision: any; rotated: string[] }> {
    const { id, provision_id } = (await stack.admin.post('/admin/rotate-all', body)).body;
    const provision = await ended(stack.admin, { id: provision_id });
    expect([provision.error, provision.status]).toEqual([null, 'completed']);
    const { items } = (await stack.admin.get(`/admin/rotations/${id}?outcome=rotated`)).body;
    return { id, provision, rotated: items.map(({ name }: { name: string }) => name).sort() };
  }

  it('replaces the pairs of data products, in their projects, too; claimed keys go on, and what consumers may read', async () => {
    const old = await bench.keysOf(READER);
    const claimed = (await stack.admin.post(`/data-products/${bench.idOf(READER)}/claim`)).body;
    stack.proxy.reset();
    const { rotated } = await run({ revoke_sessions: true, revoke_access_keys: true });
    expect(rotated).toEqual(['alice', 'bob', expect.any(String), expect.any(String)]);
    const puts = stack.proxy.calls.filter(
      ({ method, path }) => method === 'PUT' && path.endsWith('/add-user'),
    );
    expect(puts.map(userOf).sort()).toEqual(['alice', 'bob', ...principals]);
    expect([principals.length, await bench.reach(READER, PROVIDER)]).toEqual([2, 'ok']);
    const reads = (keys: S3) => outcome(() => keys.get('data-products', `${PROVIDER}/staging/a`));
    expect([await reads(old), await reads(stack.s3(claimed))]).toEqual(['SignatureDoesNotMatch', 'ok']);
    const keys = await bench.keysOf(PROVIDER);
    expect(await outcome(() => keys.put('data-products', `${PROVIDER}/staging/new`))).toBe('ok');
  });

  it('concerns only secrets of the previous key if it is told so; then that key can be dropped', async () => {
    await stack.restart({ MASTER_KEY: second!, MASTER_KEY_PREVIOUS: first! });
    const moved = (await stack.person('alice').post('/users/alice')).body;
    const before = await present('bob');
    const only = { previous_key: true };
    // the administrator is skipped: nothing of hers is in MinIO
    expect((await plan(only)).counts).toMatchObject({ total: 4, waiting: 3, skipped: 1 });
    expect((await plan({ ...only, users: ['alice'] })).counts).toMatchObject({ total: 0 });
    expect((await plan({ ...only, users: ['alice', 'bob'] })).plan.map(({ target }: any) => target)).toEqual([
      'user bob',
    ]);
    const { rotated } = await run({ only });
    expect([rotated[0], rotated.length]).toEqual(['bob', 3]);
    expect((await plan(only)).counts).toMatchObject({ waiting: 0 });
    expect([(await present('alice')).secret_key, await lists('bob', before)]).toEqual([
      moved.secret_key,
      'SignatureDoesNotMatch',
    ]);
    const now = await present('bob');
    delete stack.env.MASTER_KEY_PREVIOUS;
    await stack.restart();
    const later = await present('bob');
    expect([later.rotated, later.secret_key, await lists('bob', later)]).toEqual([
      ...[false, now.secret_key, 'ok'],
    ]);
    expect(await bench.reach(READER, PROVIDER)).toBe('ok');
  });

  it('is forgotten 90 days after its end, with the names; the provision and the audit log stay', async () => {
    const [old, recent] = [await run({ only: { users: ['bob'] } }), await run({ only: { users: ['bob'] } })];
    await stack.stopService();
    const results = await runSql(
      stack.env,
      [
        [91, old.id],
        [89, recent.id],
      ].map(
        ([days, id]) =>
          `update rotation set ended_at = clock_timestamp() - interval '${days} days' where id = '${id}'`,
      ),
    );
    expect(results.filter((result) => 'error' in result)).toEqual([]);
    await stack.startService();
    await waitFor('the end of the old one', async () => (await shown(old.id)).status === 404);
    expect(problemOf(await shown(old.id))).toEqual([404, 'not_found']);
    expect((await shown(recent.id)).body.items).toHaveLength(1);
    const kept = (await stack.admin.get(`/provisions/${old.provision.id}`)).body;
    expect([kept.status, kept.result]).toEqual(['completed', old.provision.result]);
    const { items } = (await stack.admin.get('/admin/audit?action=credentials.rotation_completed')).body;
    expect(items.map(({ detail }: any) => detail.rotation_id)).toContain(old.id);
    await stack.stopService();
    const [left] = await runSql(stack.env, [
      `select count(*)::int as count from rotation_subject where rotation_id = '${old.id}'`,
    ]);
    expect(left).toEqual({ rows: [{ count: 0 }] });
    await stack.startService();
  });
});
