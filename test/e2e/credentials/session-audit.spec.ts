import { waitFor } from '../../../scripts/child.mjs';
import { Gate } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Call } from '../../support/network/proxy.js';
import { type Row, runSql } from '../../support/database/sql.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** AssumeRole. */
const isMint = ({ method, path }: Call): boolean => method === 'POST' && path === '/';

const REFUSE = [
  `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$`,
  `create trigger refuse before insert on audit_event for each row when (new.action = 'session.issued') execute function refuse()`,
];
const REFUSE_NO_MORE = ['drop trigger refuse on audit_event', 'drop function refuse'];

(hasPostgres() ? describe : describe.skip)('the audit event of a session', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ proxied: true, embedded: false, env: { SWEEP_INTERVAL_SECONDS: '0' } });
  }, START_MS);
  afterAll(() => stack?.stop());
  beforeEach(() => stack.proxy.reset());

  const sql = async (statements: string[]) => {
    for (const result of await runSql(stack.env, statements)) expect(result).toHaveProperty('rows');
  };
  /** Events about the user's sessions, the oldest first. */
  const events = async (user: string): Promise<Row[]> => {
    const { items } = (await stack.admin.get(`/admin/audit?subject=${user}`)).body;
    return (items as Row[]).filter(({ action }) => String(action).startsWith('session')).reverse();
  };
  const actions = async (user: string) => (await events(user)).map(({ action }) => action);

  it('is written while MinIO makes the session', async () => {
    const alice = stack.person('alice');
    await alice.post('/users/alice');
    const gate = new Gate(stack.proxy, isMint, { call: 1, side: 'before' });
    const answer = alice.post('/users/alice/sessions');
    await gate.reached;
    await waitFor('the event', async () => (await actions('alice')).length > 0);
    expect(await actions('alice')).toEqual(['session.issued']);
    gate.open();
    expect((await answer).status).toBe(201);
    expect(await actions('alice')).toEqual(['session.issued']);
  });

  it('shows a session that was dropped because sessions were ended meanwhile, and the one after it', async () => {
    const carol = stack.person('carol');
    await carol.post('/users/carol');
    const gate = new Gate(stack.proxy, isMint, { call: 1, side: 'after' });
    const answer = carol.post('/users/carol/sessions');
    await gate.reached;
    await waitFor('the event', async () => (await actions('carol')).length > 0);
    expect((await carol.delete('/users/carol/sessions')).status).toBe(204);
    gate.open();
    expect((await answer).status).toBe(201);
    expect(await actions('carol')).toEqual([
      'session.issued',
      'sessions.ended',
      'session.not_issued',
      'session.issued',
    ]);
    expect((await events('carol'))[2]?.detail).toEqual({ reason: 'sessions_ended' });
  });

  it('is written for a session after another one, once, although the pair is another one since', async () => {
    const erin = stack.person('erin');
    await erin.post('/users/erin');
    for (let time = 0; time < 2; time++) {
      const { status, body } = await erin.post('/users/erin/sessions');
      expect(status).toBe(201);
      await stack.s3(body).put(BUCKET, `${homeOf('erin')}${time}`, 'x');
      expect((await erin.post('/users/erin')).body.rotated).toBe(true);
    }
    expect(await actions('erin')).toEqual(['session.issued', 'session.issued']);
    expect((await stack.admin.post('/admin/users/erin/disable')).status).toBe(200);
    expect((await erin.post('/users/erin/sessions')).body.code).toBe('user_disabled');
    expect(await actions('erin')).toEqual(['session.issued', 'session.issued']);
  });

  it('stands for the session: while it cannot be written, none is given', async () => {
    const dan = stack.person('dan');
    await dan.post('/users/dan');
    await sql(REFUSE);
    try {
      const answer = await dan.post('/users/dan/sessions');
      expect(answer.status).toBe(500);
      expect(JSON.stringify(answer.body)).not.toContain('session_token');
    } finally {
      await sql(REFUSE_NO_MORE);
    }
    expect((await dan.post('/users/dan/sessions')).status).toBe(201);
  });

  it('is followed by another one when no session was issued, with the reason and the same request', async () => {
    const bob = stack.person('bob');
    await bob.post('/users/bob');
    stack.proxy.fail(isMint, 'drop');
    const answer = await bob.post('/users/bob/sessions');
    expect(answer.status).toBe(503);
    const [issued, revoked, ...more] = await events('bob');
    expect([issued?.action, revoked?.action, more]).toEqual(['session.issued', 'session.not_issued', []]);
    expect(revoked?.detail).toEqual({ reason: 'storage_unavailable' });
    expect([issued?.request_id, revoked?.request_id]).toEqual(Array(2).fill(answer.headers['x-request-id']));
  });

  it('does not fill the log while MinIO is away', async () => {
    const bob = stack.person('bob');
    await bob.post('/users/bob');
    stack.proxy.fail(() => true, 'drop');
    await bob.post('/users/bob/sessions');
    const before = await events('bob');
    for (let time = 0; time < 3; time++) expect((await bob.post('/users/bob/sessions')).status).toBe(503);
    expect(await events('bob')).toEqual(before);
    stack.proxy.reset();
    await waitFor('MinIO', async () => (await bob.post('/users/bob/sessions')).status === 201);
  });
});
