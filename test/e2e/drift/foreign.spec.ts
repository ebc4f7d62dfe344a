import { waitFor } from '../../../scripts/child.mjs';
import { OWN, WIDE, differences, repair, report, startTeam } from '../../support/access/drift.js';
import { type Stack, START_MS } from '../../support/service/stack.js';

describe('drift', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startTeam();
  }, START_MS);
  afterAll(() => stack?.stop());

  describe('of foreign things', () => {
    beforeAll(async () => {
      await stack.root.users.add('stranger', { secretKey: 'chosen-by-somebody' });
      await stack.root.groups.addMembers('outsiders', ['alice', 'stranger']);
      await stack.root.policies.attach(['readonly'], { group: 'outsiders' });
      await stack.root.policies.attach(['readwrite'], { user: 'alice' });
      await stack.root.policies.attach(['diagnostics'], { group: 'Team' });
      await stack.root.groups.addMembers('mgr:everyone', ['stranger']);
    });

    const ALL = [
      'group Team: foreign policy diagnostics',
      'group everyone: foreign membership stranger',
      'user alice: foreign membership outsiders',
      'user alice: foreign policy readwrite',
    ];

    it('tells of them', async () => {
      expect((await differences(stack)).sort()).toEqual(ALL);
      const { foreign } = await report(stack);
      expect(foreign).toEqual([
        { kind: 'user', name: 'stranger', detail: 'enabled, no policies', removable: false },
        { kind: 'group', name: 'outsiders', detail: 'policies readonly', removable: false },
      ]);
    });

    it('tells of a policy of ours on somebody who has no row', async () => {
      await stack.root.policies.attach([OWN], { user: 'stranger' });
      const { foreign } = await report(stack);
      expect(foreign[0]).toMatchObject({ kind: 'mapping', name: 'user stranger' });
      await stack.root.policies.set([], { user: 'stranger' });
    });

    it('keeps them while it mends what is ours', async () => {
      await stack.root.policies.put(OWN, WIDE);
      const { body } = await repair(stack);
      expect(body.results.map(({ name }: any) => name)).toEqual(['alice']);
      expect((await differences(stack)).sort()).toEqual(ALL);
    });

    it('takes them away on demand only, and deletes none', async () => {
      await stack.root.policies.set(['readwrite'], { user: 'alice' });
      const before = await stack.held();
      const { plan } = (await repair(stack, { remove_foreign: true }, '?dry_run=true')).body;
      expect(plan).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ change: 'remove_members', target: 'group outsiders' }),
          {
            change: 'set_policies',
            target: 'user alice',
            before: { policies: ['readwrite'] },
            after: { policies: [] },
          },
          {
            change: 'set_policies',
            target: 'user alice',
            before: { policies: [] },
            after: { policies: [OWN] },
          },
        ]),
      );
      expect(await stack.held()).toEqual(before);
      await repair(stack, { remove_foreign: true });
      expect(await differences(stack)).toEqual([]);
      expect((await stack.root.users.info('alice')).policies).toEqual([OWN]);
      expect((await stack.root.groups.info('outsiders')).members).toEqual(['stranger']);
      expect((await stack.root.groups.info('mgr:everyone')).members).not.toContain('stranger');
      expect(Object.keys(await stack.root.policies.list())).toEqual(
        expect.arrayContaining(['readwrite', 'diagnostics', 'readonly']),
      );
      expect((await report(stack)).foreign.map(({ name }: any) => name)).toEqual(['stranger', 'outsiders']);
    });

    it('leaves what is attached to a disabled user until it is enabled, as MinIO does', async () => {
      await stack.root.policies.attach(['readwrite'], { user: 'bob' });
      await stack.admin.post('/admin/users/bob/disable');
      const subjects = [{ kind: 'user', name: 'bob' }];
      expect((await report(stack)).subjects[0].foreign).toEqual([
        { kind: 'policy', name: 'readwrite', detail: 'attached to user bob', removable: false },
      ]);
      const kept = await repair(stack, { subjects, remove_foreign: true });
      expect(kept.body.results).toEqual([{ ...subjects[0], status: 'unchanged', changes: [] }]);
      await stack.admin.post('/admin/users/bob/enable');
      expect((await repair(stack, { subjects, remove_foreign: true })).body.results[0].status).toBe('mended');
      expect(await differences(stack)).toEqual([]);
    });

    it('keeps the members of a group whose row was lost', async () => {
      await stack.root.policies.put('mgr:group:Lost:0', WIDE);
      await stack.root.groups.addMembers('Lost', ['bob']);
      await stack.root.policies.attach(['mgr:group:Lost:0'], { group: 'Lost' });
      expect(await differences(stack)).toEqual(['user bob: foreign membership Lost']);
      expect((await report(stack)).foreign).toContainEqual(
        expect.objectContaining({ kind: 'mapping', name: 'group Lost' }),
      );
      await repair(stack, { subjects: [{ kind: 'user', name: 'bob' }], remove_foreign: true });
      expect((await stack.root.groups.info('Lost')).members).toEqual(['bob']);
      await stack.root.groups.removeMembers('Lost', ['bob']);
      await stack.root.groups.remove('Lost');
    });
  });

  describe('found by the periodic sweep', () => {
    const touch = async () => {
      await stack.root.policies.put(OWN, WIDE);
      await stack.root.groups.setStatus('Team', 'disabled');
      await stack.root.users.setStatus('carol', 'disabled');
      await stack.root.policies.attach(['readwrite'], { user: 'bob' });
    };
    const wait = (what: string) =>
      waitFor(what, async () => (await differences(stack)).sort().join('; ') === what, {
        timeoutMs: 60_000,
        everyMs: 200,
      });
    const sweeps = (count: number) =>
      waitFor('sweeps', () => stack.allLogs().split('sweep found differences').length > count, {
        timeoutMs: 60_000,
      });
    // restarts and waits: longer than other tests on a machine that is busy
    const LIMIT_MS = 120_000;
    const seen = () => stack.allLogs().split('sweep found differences').length;

    it(
      'changes nothing when it is to report',
      async () => {
        await stack.restart({ SWEEP_INTERVAL_SECONDS: '1', DRIFT_HEAL: 'report' });
        await touch();
        const before = await stack.held();
        await sweeps(seen() + 2);
        expect(await stack.held()).toEqual(before);
        expect((await differences(stack)).length).toBe(4);
      },
      LIMIT_MS,
    );

    it(
      'is mended, foreign things are kept, and who was disabled by hand stays so',
      async () => {
        await stack.restart({ DRIFT_HEAL: 'own' });
        await wait('user bob: foreign policy readwrite; user carol: foreign status disabled');
        const { items } = (await stack.admin.get('/admin/audit?action=drift.found')).body;
        expect(new Set(items.map((event: any) => event.subject_name))).toEqual(new Set(['Team', 'alice']));
      },
      LIMIT_MS,
    );

    it(
      'is taken away, too, when it is to do all',
      async () => {
        await stack.restart({ DRIFT_HEAL: 'all' });
        await wait('user carol: foreign status disabled');
        expect((await stack.root.users.info('bob')).policies).toEqual(['mgr:user:bob:0']);
        expect((await stack.root.users.info('carol')).status).toBe('disabled');
      },
      LIMIT_MS,
    );
  });
});
