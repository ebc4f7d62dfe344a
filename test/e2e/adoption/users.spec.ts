import { setTimeout as sleep } from 'node:timers/promises';
import { repeated } from '../../support/network/repeat.js';
import { outcome } from '../../support/access/s3.js';
import { runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { newDatabase } from '../../support/servers/worker-postgres.js';

describe('a MinIO user that is not ours', () => {
  let stack: Stack;
  const secret = 'chosen-by-somebody-else';

  beforeAll(async () => {
    stack = await startStack();
    await stack.person('first').post('/users/first');
  }, START_MS);
  afterAll(() => stack?.stop());

  const adopt = async (...users: string[]) =>
    (await stack.admin.post('/admin/adopt', { users })).body.results;
  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));

  /** A user, made past the service, with a policy and an access key of its own. */
  async function foreign(user: string) {
    await stack.root.users.add(user, { secretKey: secret });
    await stack.root.policies.attach(['readwrite'], { user });
    const key = { accessKey: `KEYOF${user.toUpperCase()}`.padEnd(20, '0'), secretKey: 'x'.repeat(40) };
    await stack.root.accessKeys.add({ targetUser: user, ...key, name: 'k' });
    return {
      pair: { access_key: user, secret_key: secret },
      key: { access_key: key.accessKey, secret_key: key.secretKey },
    };
  }

  it('is not taken over by a login and left as it is', async () => {
    const { pair, key } = await foreign('alice');
    const alice = stack.person('alice');
    // makes a row, which claims nothing in MinIO
    await alice.get('/me');
    const before = await stack.state();
    const answers = [
      await alice.post('/users/alice'),
      await alice.post('/users/alice', { rotate: false, revoke_sessions: true, revoke_access_keys: true }),
      await alice.post('/users/alice/sessions'),
      await alice.post('/users/alice/access-keys', { name: 'k' }),
      await alice.get('/credentials/aws'),
      await stack.admin.post('/users/alice'),
      await stack.admin.delete('/admin/users/alice'),
      await stack.admin.post('/admin/users/alice/disable'),
      await alice.delete('/users/alice/sessions'),
      await alice.delete(`/users/alice/access-keys/${key.access_key}`),
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([409, 'user_not_adopted']);
    expect(await stack.state()).toEqual(before);
    expect([await lists('alice', pair), await lists('alice', key)]).toEqual(['ok', 'ok']);
  });

  it('is taken over by an administrator: its secret and its other policies stay', async () => {
    const { pair, key } = await foreign('carol');
    const loops = [pair, key].map((keys) => repeated(() => lists('carol', keys)));
    const [adopted] = await adopt('carol');
    for (const loop of loops) expect(await loop.end()).toEqual(['ok']);
    expect(adopted).toMatchObject({ user_name: 'carol', status: 'adopted' });
    const [remaining] = adopted.foreign_policies;
    expect(remaining).toMatchObject({ policy_name: 'readwrite', via: 'user' });
    expect(JSON.stringify(remaining.document)).toContain('s3:*');
    expect([await lists('carol', pair), await lists('carol', key)]).toEqual(['ok', 'ok']);
    const held = await stack.root.users.info('carol');
    expect(held.policies.sort()).toEqual(['mgr:user:carol:0', 'readwrite']);
    const shown = (await stack.person('carol').get('/users/carol')).body;
    expect([shown.enforced, shown.keeps_secret, shown.foreign_policies]).toEqual([
      true,
      true,
      [{ policy_name: 'readwrite', via: 'user' }],
    ]);
    const answer = await stack.person('carol').post('/users/carol', { rotate: false });
    expect([answer.status, answer.body.rotated, await lists('carol', answer.body)]).toEqual([
      200,
      true,
      'ok',
    ]);
    expect([await lists('carol', pair), await lists('carol', key)]).toEqual(['SignatureDoesNotMatch', 'ok']);
    await stack.s3(answer.body).put(BUCKET, `${homeOf('carol')}x`);
    expect(await adopt('carol')).toEqual([
      expect.objectContaining({ user_name: 'carol', status: 'unchanged' }),
    ]);
    const again = await stack.person('carol').post('/users/carol', { rotate: false });
    expect([again.body.rotated, again.body.secret_key]).toEqual([false, answer.body.secret_key]);
    expect(await lists('carol', answer.body)).toBe('ok');
    expect((await stack.person('carol').get('/users/carol')).body.keeps_secret).toBe(false);
  });

  it('keeps its secret whatever is repaired, until its first login', async () => {
    const { pair } = await foreign('paul');
    await adopt('paul');
    const user = { kind: 'user', name: 'paul' };
    const works = async () => expect(await lists('paul', pair)).toBe('ok');
    // by an administrator, after a change by hand
    await stack.root.policies.set(['readwrite'], { user: 'paul' });
    expect((await stack.admin.post('/admin/reconcile', { subjects: [user] })).body.results[0].status).toBe(
      'mended',
    );
    await works();
    // by the worker, after a write of unknown outcome
    await stack.stopService();
    const doubt = `update subject set suspect = true, due_at = clock_timestamp() where name = 'paul' returning name`;
    expect(await runSql(stack.env, [doubt])).toEqual([{ rows: [{ name: 'paul' }] }]);
    await stack.startService();
    while (!(await stack.admin.get('/users/paul')).body.enforced) await sleep(50);
    await works();
    // when the user is disabled and enabled
    await stack.admin.post('/admin/users/paul/disable');
    expect(await lists('paul', pair)).not.toBe('ok');
    await stack.admin.post('/admin/users/paul/enable');
    await works();
    // by a key that the service makes, which needs no secret
    const issued = (await stack.person('paul').post('/users/paul/access-keys', { name: 'tool' })).body;
    expect([await lists('paul', issued), await lists('paul', pair)]).toEqual(['ok', 'ok']);
    await works();
    expect((await stack.admin.get('/users/paul')).body).toMatchObject({ enforced: true, keeps_secret: true });
    // a session is signed with the secret
    const session = (await stack.person('paul').post('/users/paul/sessions')).body;
    expect([await lists('paul', session), await lists('paul', pair)]).toEqual([
      'ok',
      'SignatureDoesNotMatch',
    ]);
  });

  it('whose MinIO user is gone gets a secret of this service', async () => {
    const { pair } = await foreign('quentin');
    await adopt('quentin');
    await stack.root.users.remove('quentin');
    await stack.admin.post('/admin/reconcile', { subjects: [{ kind: 'user', name: 'quentin' }] });
    expect(await lists('quentin', pair)).toBe('SignatureDoesNotMatch');
    expect((await stack.admin.get('/users/quentin')).body).toMatchObject({
      enforced: true,
      keeps_secret: false,
    });
    const answer = await stack.person('quentin').post('/users/quentin', { rotate: false });
    expect([answer.body.rotated, await lists('quentin', answer.body)]).toEqual([false, 'ok']);
  });

  it('logs in twice at once after its adoption: both get the same pair', async () => {
    await foreign('ralf');
    await adopt('ralf');
    const ralf = stack.person('ralf');
    const answers = await Promise.all([1, 2, 3].map(() => ralf.post('/users/ralf', { rotate: false })));
    expect(new Set(answers.map(({ body }) => body.secret_key)).size).toBe(1);
    expect(await lists('ralf', answers[0]?.body)).toBe('ok');
  });

  it('is told apart name by name, each for itself', async () => {
    await foreign('dora');
    const results = await adopt('dora', 'first', 'nobody', 'Not A Name', 'dora');
    expect(results.map(({ status, code }: any) => code ?? status)).toEqual([
      'adopted',
      'unchanged',
      'not_found',
      'unprocessable',
      'unchanged',
    ]);
  });

  it('is taken over when the person has called before, and joins the groups that waited', async () => {
    const { pair } = await foreign('nora');
    expect((await stack.person('nora').get('/me')).status).toBe(200);
    await stack.admin.post('/groups/waiting', { members: ['nora'] });
    expect((await stack.person('nora').post('/users/nora')).body.code).toBe('user_not_adopted');
    expect(await adopt('nora')).toEqual([expect.objectContaining({ user_name: 'nora', status: 'adopted' })]);
    expect(await lists('nora', pair)).toBe('ok');
    expect((await stack.admin.get('/users/nora')).body.keeps_secret).toBe(true);
    while (!(await stack.root.groups.info('waiting')).members.includes('nora')) await sleep(50);
  });

  it('that administers MinIO is refused: users of this service never do', async () => {
    await foreign('adam');
    await stack.root.policies.set(['consoleAdmin'], { user: 'adam' });
    const before = await stack.held();
    const [result] = await adopt('adam');
    expect(result).toMatchObject({ user_name: 'adam', status: 'refused', code: 'not_possible' });
    expect(result.message).toContain('consoleAdmin');
    expect(await stack.held()).toEqual(before);
  });

  it('stays disabled when it was', async () => {
    const { pair } = await foreign('egon');
    await stack.root.users.setStatus('egon', 'disabled');
    expect(await adopt('egon')).toEqual([expect.objectContaining({ user_name: 'egon', status: 'adopted' })]);
    expect((await stack.root.users.info('egon')).status).toBe('disabled');
    expect((await stack.person('egon').post('/users/egon')).body.code).toBe('user_disabled');
    expect(await lists('egon', pair)).not.toBe('ok');
    await stack.admin.post('/admin/users/egon/enable');
    expect(await lists('egon', (await stack.person('egon').post('/users/egon')).body)).toBe('ok');
  });

  it.each([
    [undefined, 422],
    [{}, 422],
    [{ users: 'alice' }, 400],
    [{ users: [1] }, 400],
    [{ users: [] }, 422],
    [{ users: Array.from({ length: 1001 }, (_, index) => `u${index}`) }, 422],
    [{ users: ['alice'], force: true }, 400],
    [{ groups: ['team'] }, 400],
    [{ groups: [{ readers_group: 'team' }] }, 400],
    [{ users: ['alice'], import_policies: '*' }, 400],
  ])('is not adopted by a request that is wrong: %j', async (body, status) => {
    expect((await stack.admin.post('/admin/adopt', body)).status).toBe(status);
    expect((await stack.person('alice').post('/users/alice')).body.code).toBe('user_not_adopted');
  });

  it('that is ours but forgotten gets its grants back with it', async () => {
    const [key, dated] = [`${homeOf('dora')}x/y`, `${homeOf('dora')}z/y`];
    for (const name of ['dora', 'emil', 'fred']) await stack.person(name).post(`/users/${name}`);
    for (const each of [key, dated]) await stack.rootS3.put(BUCKET, each, 'z');
    const share = (body: object) => stack.person('dora').post('/users/dora/share', body);
    await share({ path: `s3a://${BUCKET}/${homeOf('dora')}x/`, with_users: ['emil'], permission: 'write' });
    const expires_at = '2099-01-01T00:00:00.000Z';
    await share({ path: `s3a://${BUCKET}/${homeOf('dora')}z/`, with_users: ['emil', 'fred'], expires_at });
    await stack.restart((await newDatabase()).env);
    expect(await adopt('emil', 'dora')).toEqual(
      ['emil', 'dora'].map((user_name) => expect.objectContaining({ user_name, status: 'adopted' })),
    );
    const { items } = (await stack.person('emil').get('/users/emil/shares?direction=received')).body;
    const brief = items.map((each: any) => [each.path, each.permission, each.granted_by, each.expires_at]);
    expect(brief.sort()).toEqual([
      [`s3a://${BUCKET}/${homeOf('dora')}x/`, 'write', 'dora', null],
      [`s3a://${BUCKET}/${homeOf('dora')}z/`, 'read', 'dora', expires_at],
    ]);
    const emil = stack.s3((await stack.person('emil').post('/users/emil/sessions')).body);
    expect(await outcome(() => emil.put(BUCKET, key, 'w'))).toBe('ok');
    await stack.person('dora').post('/users/dora/unshare', { path: `s3a://${BUCKET}/${homeOf('dora')}x/` });
    expect(await outcome(() => emil.get(BUCKET, key))).toBe('AccessDenied');
    expect(await outcome(() => emil.get(BUCKET, dated))).toBe('ok');
  });
});
