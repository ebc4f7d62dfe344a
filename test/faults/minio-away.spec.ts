import { waitFor } from '../../scripts/child.mjs';
import { Fleet, ask, bodyOf } from '../support/service/fleet.js';
import type { Answer, Service } from '../support/service/service.js';
import { Relay } from '../support/network/relay.js';
import type { Credential } from '../support/access/probe.js';
import { DISABLED, GONE, Truth } from '../support/access/truth.js';

const PROMPT_MS = 5000;
const HEALED_MS = 60_000;

describe('MinIO away', () => {
  let fleet: Fleet;
  let truth: Truth;
  let relay: Relay;
  let service: Service;
  let neighbour: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PGlite');
    truth = new Truth(fleet.minio);
    relay = await Relay.start({ host: '127.0.0.1', port: fleet.minio.port });
    await startService();
    neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(service, neighbour), 201);
  });
  afterAll(async () => {
    await truth.close();
    await fleet.stop();
    await relay.cut();
  });

  /** Through the relay: MinIO's own silence, or a port that refuses. */
  async function startService(): Promise<void> {
    ({ service } = await fleet.add({ env: { MINIO_ENDPOINT: `http://127.0.0.1:${relay.port}` } }));
  }

  const stopped = {
    way: 'stopped',
    leave: async () => void (await Promise.all([relay.cut(), fleet.minio.kill()])),
    comeBack: async () => void (await Promise.all([relay.accept(), fleet.minio.start()])),
  };
  const unreachable = { way: 'unreachable', leave: () => relay.cut(), comeBack: () => relay.accept() };
  const hanging = {
    way: 'hanging',
    leave: () => Promise.resolve(fleet.minio.pause()),
    comeBack: () => Promise.resolve(fleet.minio.resume()),
  };

  it.each([stopped, hanging])(
    '$way: refuses credentials in time, changes nothing, and heals without a restart',
    async ({ leave, comeBack }) => {
      const user = fleet.person();
      const pair = await bodyOf(ask.pair(service, user), 201);
      const session = await bodyOf(ask.session(service, user), 201);
      await leave();
      const calls = [
        () => ask.pair(service, user),
        () => ask.session(service, user),
        () => ask.accessKey(service, user),
        () => ask.pair(service, user, { revoke_sessions: true }),
        () => ask.pair(service, fleet.person()),
      ];
      const answers = await Promise.all([...calls, ...calls, ...calls, ...calls].map(timed));
      const kept = await bodyOf(ask.pair(service, user, { rotate: false }), 200);
      const ready = await service.request('GET', '/readyz');
      await comeBack();
      for (const { ms, answer } of answers) {
        expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
        expect(ms).toBeLessThan(PROMPT_MS);
      }
      expect([ready.status, ready.body]).toEqual([
        200,
        { status: 'degraded', dependencies: { database: 'up', minio: 'down' } },
      ]);
      await healed(user);
      const now = await bodyOf(ask.pair(service, user, { rotate: false }), 200);
      expect([kept.secret_key, now.secret_key]).toEqual([pair.secret_key, pair.secret_key]);
      expect(await truth.use(session, user)).toBe('ok');
      await truth.expectWhole(service, user, pair, neighbour);
      expect((await service.request('GET', '/readyz')).body.status).toBe('ready');
    },
  );

  it.each([unreachable, hanging])(
    '$way: keeps the wishes of administrators and carries them out afterwards',
    async ({ leave, comeBack }) => {
      const [disabled, removed, ended] = ['disabled', 'removed', 'ended'].map((name) =>
        fleet.person(name),
      ) as [string, string, string];
      const held = await Promise.all([disabled, removed, ended].map((user) => everything(user)));
      await leave();
      const wishes = [
        ask.disable(service, disabled),
        ask.remove(service, removed),
        ask.endSessions(service, ended),
      ];
      const answers = await Promise.all(wishes.map((wish) => timed(() => wish)));
      const refused = await Promise.all([ask.session(service, disabled), ask.session(service, removed)]);
      await comeBack();
      for (const { ms, answer } of answers) {
        expect([answer.status, answer.body]).toEqual([202, { enforced: false }]);
        expect(ms).toBeLessThan(PROMPT_MS);
      }
      expect(refused.map(({ body }) => body.code)).toEqual(['user_disabled', 'user_being_removed']);
      const [ofDisabled, ofRemoved, ofEnded] = held as [Credential[], Credential[], Credential[]];
      await dead(ofDisabled, disabled);
      await dead(ofRemoved, removed);
      await dead(ofEnded.slice(1, 2), ended);
      await waitFor('the end', async () => (await truth.state(removed)) === GONE, { timeoutMs: HEALED_MS });
      expect(await truth.state(disabled)).toBe(DISABLED(disabled));
      await waitFor('the next login', async () => (await ask.pair(service, removed)).status === 201);
      await dead(ofRemoved, removed);
      const [pair, , accessKey] = ofEnded as [Credential, Credential, Credential];
      expect(await truth.use(accessKey, ended)).toBe('ok');
      await truth.expectWhole(service, ended, pair, neighbour);
    },
  );

  // After a restart MinIO knows no session until it is used, and revokes only what it knows.
  it.each([
    ['ends with all sessions', (user: string) => bodyOf(ask.endSessions(service, user), 204)],
    ['is not alive again in a new user of the name', removeAndMakeAnew],
  ])('stopped: a session from before, not used since MinIO is back, %s', async (_, end) => {
    const user = fleet.person();
    await bodyOf(ask.pair(service, user), 201);
    const session = await bodyOf(ask.session(service, user), 201);
    await stopped.leave();
    await stopped.comeBack();
    await healed(user);
    await end(user);
    expect(await truth.lives(session, user)).toBe(false);
  });

  it('does not keep the service from starting', async () => {
    await service.stop();
    await stopped.leave();
    await startService();
    const user = fleet.person();
    const refused = await ask.pair(service, user);
    await stopped.comeBack();
    expect(refused).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    await healed(user);
    const pair = await bodyOf(ask.pair(service, user), 200);
    await truth.expectWhole(service, user, pair, neighbour);
  });

  async function healed(user: string): Promise<void> {
    const works = async () => (await ask.session(service, user)).status === 201;
    await waitFor('the service healed', works, { timeoutMs: HEALED_MS, everyMs: 100 });
  }

  async function removeAndMakeAnew(user: string): Promise<void> {
    await bodyOf(ask.remove(service, user), 204);
    await bodyOf(ask.pair(service, user), 201);
  }

  async function everything(user: string): Promise<Credential[]> {
    const pair = await bodyOf(ask.pair(service, user), 201);
    return [
      pair,
      await bodyOf(ask.session(service, user), 201),
      await bodyOf(ask.accessKey(service, user), 201),
    ];
  }

  async function dead(credentials: Credential[], user: string): Promise<void> {
    const allDead = async () =>
      !(await Promise.all(credentials.map((each) => truth.lives(each, user)))).includes(true);
    await waitFor(`the end of what ${user} had`, allDead, { timeoutMs: HEALED_MS, everyMs: 100 });
  }
});

/** The answer, and the milliseconds it took. */
async function timed(call: () => Promise<Answer>): Promise<{ ms: number; answer: Answer }> {
  const start = performance.now();
  const answer = await call();
  return { ms: performance.now() - start, answer };
}
