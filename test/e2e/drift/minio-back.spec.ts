import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS, pathOf, reads, sessionOf } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const BACK = { timeoutMs: 60_000 };
const FOREIGN = 'readwrite';

describe('when MinIO is back', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await makePeople(stack, ['alice', 'bob', 'carol']);
  }, START_MS);
  afterAll(() => stack?.stop());

  const group = (name: string) => stack.admin.get(`/groups/${name}`);
  const enforced = (path: string) => async () => (await stack.admin.get(path)).body.enforced === true;

  describe('a group that was made meanwhile', () => {
    const NAMES = ['Later', 'Theirs', 'Freed', 'Ours'];
    const theirs = () => stack.root.groups.info('Theirs');

    beforeAll(async () => {
      for (const name of ['Theirs', 'Freed']) {
        await stack.root.groups.addMembers(name, ['bob']);
        await stack.root.policies.set([FOREIGN], { group: name });
      }
      // what the loss of our database leaves
      await stack.admin.post('/groups/Ours', { members: ['bob'] });
      const document = (await stack.root.policies.info('mgr:group:Ours:0')).document;
      await stack.admin.delete('/admin/groups/Ours');
      await stack.root.policies.put('mgr:group:Ours:0', document);
      await stack.root.groups.addMembers('Ours', ['bob']);
      await stack.minio.kill();
      for (const name of NAMES) {
        const made = await stack.admin.post(`/groups/${name}`, { members: ['carol'] });
        expect([name, made.status, made.body.enforced]).toEqual([name, 202, false]);
      }
      await stack.minio.start();
    }, START_MS);

    it.each(['Later', 'Ours'])(
      'is there when its name was free or had a document of ours: %s',
      async (name) => {
        await waitFor(name, enforced(`/groups/${name}`), BACK);
        const { members, policies } = await stack.root.groups.info(name);
        expect([members, policies]).toEqual([['carol'], [`mgr:group:${name}:0`]]);
      },
    );

    it('takes over none of somebody else: it differs, and says why', async () => {
      const drift = (await stack.admin.get('/admin/drift')).body.subjects;
      const shown = drift.filter(({ name }: any) => name === 'Theirs');
      expect(shown).toEqual([
        expect.objectContaining({
          kind: 'group',
          enforced: false,
          changes: [],
          unreadable: { code: 'name_taken', detail: expect.stringContaining('does not manage') },
        }),
      ]);
      const { body } = await stack.admin.post('/admin/reconcile', {
        subjects: [{ kind: 'group', name: 'Theirs' }],
      });
      expect(body.results).toEqual([expect.objectContaining({ status: 'failed', code: 'name_taken' })]);
      expect((await group('Theirs')).body.enforced).toBe(false);
      expect([(await theirs()).members, (await theirs()).policies]).toEqual([['bob'], [FOREIGN]]);
      expect(Object.keys(await stack.root.policies.list())).not.toContain('mgr:group:Theirs:0');
    });

    it('keeps what is shared with it, and is removed without touching theirs', async () => {
      const path = pathOf(`${homeOf('alice')}x/`);
      const alice = stack.person('alice');
      const asked = { path, with_groups: ['Theirs'] };
      const rehearsed = await alice.post('/users/alice/share?dry_run=true', asked);
      expect(problemOf(rehearsed)).toEqual([409, 'name_taken']);
      const shared = await alice.post('/users/alice/share', asked);
      expect([shared.status, shared.body.enforced]).toEqual([202, false]);
      const { results } = (await alice.post('/users/alice/unshare', { path })).body;
      expect(results).toEqual([{ kind: 'group', name: 'Theirs', status: 'revoked' }]);
      expect((await stack.admin.delete('/admin/groups/Theirs')).status).toBe(204);
      expect((await group('Theirs')).status).toBe(404);
      expect([(await theirs()).members, (await theirs()).policies]).toEqual([['bob'], [FOREIGN]]);
      expect(problemOf(await stack.admin.post('/groups/Theirs', {}))).toEqual([409, 'name_taken']);
    });

    it('is there when the other has gone', async () => {
      await stack.root.groups.removeMembers('Freed', ['bob']);
      await stack.root.groups.remove('Freed');
      const { body } = await stack.admin.post('/admin/reconcile', {
        subjects: [{ kind: 'group', name: 'Freed' }],
      });
      // the worker, whose next attempt may be due in the same moment, can have been faster
      expect(body.results[0].status).toMatch(/^(mended|unchanged)$/);
      expect((await group('Freed')).body.enforced).toBe(true);
      expect((await stack.root.groups.info('Freed')).members).toEqual(['carol']);
    });
  });

  it('what waits for its turn after failures is done at once', async () => {
    const key = `${homeOf('alice')}reports/there`;
    await stack.rootS3.put(BUCKET, key, 'x');
    const bob = await sessionOf(stack, 'bob');
    await stack.minio.kill();
    const path = pathOf(`${homeOf('alice')}reports/`);
    const shared = await stack.person('alice').post('/users/alice/share', { path, with_users: ['bob'] });
    expect(shared.status).toBe(202);
    await stack.stopService();
    const waits = `update subject set attempts = 9, due_at = now() + interval '1 hour' where generation > applied_generation`;
    await runSql(stack.env, [waits]);
    await stack.startService();
    const looks = async () => {
      const metrics = String((await stack.service.request('GET', '/metrics')).body);
      return [...metrics.matchAll(/call_duration_seconds_count\{verb="server.health".*\} (\d+)/g)]
        .map(([, count]) => Number(count))
        .reduce((sum, count) => sum + count, 0);
    };
    const before = await looks();
    expect((await stack.admin.get('/users/bob')).status).toBe(503);
    await waitFor('a look at MinIO that fails', async () => (await looks()) > before, BACK);
    await stack.minio.start();
    await waitFor('the share', enforced('/users/bob'), BACK);
    expect(await reads(bob, key)).toBe('ok');
  }, 180_000);
});
