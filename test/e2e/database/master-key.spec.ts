import { randomBytes } from 'node:crypto';
import { outcome } from '../../support/access/s3.js';
import { Service, ServiceEnded, startService } from '../../support/service/service.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const [first, second, wrong] = Array.from({ length: 3 }, () => randomBytes(24).toString('base64url'));

describe('the master key', () => {
  let stack: Stack;
  const present = async (user: string) =>
    (await stack.person(user).post(`/users/${user}`, { rotate: false })).body;
  const lists = (user: string, keys: any) => outcome(() => stack.s3(keys).list(BUCKET, homeOf(user)));

  afterEach(() => stack?.stop());

  /** What the service says when it does not start with these keys. */
  async function refusal(keys: Record<string, string | undefined>): Promise<string> {
    await stack.stopService();
    const { MASTER_KEY: _, ...env } = stack.env;
    const given = Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const before = await stack.held();
    const error = await startService({ env: { ...env, ...Object.fromEntries(given) } }).catch(
      (caught: unknown) => caught,
    );
    if (error instanceof Service) await error.kill();
    expect(error).toBeInstanceOf(ServiceEnded);
    expect((error as ServiceEnded).code).not.toBe(0);
    expect(await stack.held()).toEqual(before);
    const { logs } = error as ServiceEnded;
    for (const [, value] of given) expect(logs).not.toContain(value);
    expect(logs).not.toContain(stack.minio.secretKey);
    return logs;
  }

  it(
    'is changed with MASTER_KEY_PREVIOUS, and every pair goes on',
    async () => {
      stack = await startStack({ env: { MASTER_KEY: first! } });
      for (const user of ['alice', 'bob', 'carol']) await stack.person(user).post(`/users/${user}`);
      const before = {
        alice: await present('alice'),
        bob: await present('bob'),
        carol: await present('carol'),
      };

      expect(await refusal({ MASTER_KEY: second })).toContain('MASTER_KEY_PREVIOUS');
      expect(await refusal({})).toContain('MASTER_KEY_PREVIOUS');
      expect(await refusal({ MASTER_KEY: second, MASTER_KEY_PREVIOUS: wrong })).toContain(
        'MASTER_KEY_PREVIOUS',
      );

      await stack.restart({ MASTER_KEY: second!, MASTER_KEY_PREVIOUS: first! });
      for (const user of ['alice', 'bob', 'carol'] as const) {
        expect((await present(user)).secret_key).toBe(before[user].secret_key);
        expect(await lists(user, before[user])).toBe('ok');
      }
      expect((await stack.person('bob').post('/users/bob/sessions')).status).toBe(201);
      const rotated = (await stack.person('alice').post('/users/alice')).body;
      expect([await lists('alice', rotated), await lists('alice', before.alice)]).toEqual([
        'ok',
        'SignatureDoesNotMatch',
      ]);
      expect(await refusal({ MASTER_KEY: first })).toContain('older key');
      expect(await refusal({ MASTER_KEY: first, MASTER_KEY_PREVIOUS: second })).toContain('older key');

      // the previous key is gone now: who rotated meanwhile keeps the pair, who did not gets a new one
      delete stack.env.MASTER_KEY_PREVIOUS;
      await stack.restart();
      expect((await present('alice')).secret_key).toBe(rotated.secret_key);
      const fresh = await present('bob');
      expect([fresh.rotated, await lists('bob', fresh), await lists('bob', before.bob)]).toEqual([
        true,
        'ok',
        'SignatureDoesNotMatch',
      ]);
      expect((await present('bob')).secret_key).toBe(fresh.secret_key);
      const session = (await stack.person('carol').post('/users/carol/sessions')).body;
      expect(await lists('carol', session)).toBe('ok');
    },
    START_MS * 4,
  );

  it(
    "is the administrator's secret of MinIO where none is set, and can be set later",
    async () => {
      stack = await startStack();
      await stack.person('alice').post('/users/alice');
      const pair = await present('alice');
      await stack.restart();
      expect((await present('alice')).secret_key).toBe(pair.secret_key);
      expect(await refusal({ MASTER_KEY: first })).toContain('MASTER_KEY_PREVIOUS');
      await stack.restart({ MASTER_KEY: first!, MASTER_KEY_PREVIOUS: stack.minio.secretKey });
      expect((await present('alice')).secret_key).toBe(pair.secret_key);
      expect(await lists('alice', pair)).toBe('ok');
      expect(await lists('alice', (await stack.person('alice').post('/users/alice')).body)).toBe('ok');
    },
    START_MS * 4,
  );
});
