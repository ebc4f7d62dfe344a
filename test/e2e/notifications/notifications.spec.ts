import { createHmac } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { hasPostgres } from '../../support/servers/postgres.js';
import { MAIL_LOGIN, MailReceiver, WebhookReceiver } from '../../support/servers/receivers.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const KEY = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const databases = hasPostgres() ? ['the embedded database', 'PostgreSQL'] : ['the embedded database'];

describe.each(databases)('who has to decide is told, on %s', (kind) => {
  let stack: Stack;
  const webhook = new WebhookReceiver();
  const mail = new MailReceiver();

  beforeAll(async () => {
    await Promise.all([webhook.start(), mail.start()]);
    const env = {
      ...NO_LIMITS,
      NOTIFY_WEBHOOK_URL: webhook.url,
      NOTIFY_WEBHOOK_SECRET: `whsec_${KEY}`,
      NOTIFY_SMTP_URL: mail.urlWith(),
      NOTIFY_FROM: 'lake@example.org',
      NOTIFY_MAIL_TO: '{user}@people.example.org',
      PROVISION_MAX_ATTEMPTS: '3',
    };
    stack = await startStack({ env, embedded: kind !== 'PostgreSQL' });
    for (const [name, secret] of [
      ['the key of the webhook', KEY],
      ['the address of the webhook', 'webhook-token-of-the-test'],
      ['the password of the mail server', MAIL_LOGIN.pass],
    ] as const)
      stack.secrets.add(name, secret);
    await makePeople(stack, ['alice', 'bob', 'carol', 'dave']);
    await stack.admin.post('/groups/Lab', { owners: ['alice', 'carol'], joinable: true });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await Promise.all([webhook.stop(), mail.stop()]);
  });
  afterEach(() => {
    webhook.answer = () => 204;
    mail.refused.clear();
  });

  const as = (name: string) => stack.person(name);
  const ask = async (name: string, body: object) =>
    (await as(name).post('/access-requests', { reason: 'for the work', ...body })).body;
  const join = (name: string, group = 'Lab', role = 'member') => ask(name, { group, role });
  const decide = (name: string, id: string, decision: string, body?: object) =>
    as(name).post(`/access-requests/${id}/${decision}`, body);
  const told = async (id: string, count = 1) => {
    await waitFor(`delivery ${count} about ${id}`, () => webhook.about(id).length >= count);
    return webhook.about(id);
  };
  const mailed = async (id: string, count = 1) => {
    const about = () => mail.mails.filter(({ text }) => text.includes(id));
    await waitFor(`mail ${count} about ${id}`, () => about().length >= count);
    return about();
  };
  const noticesOf = async (query = '') => {
    const { items } = (await stack.admin.get(`/provisions?limit=500${query}`)).body;
    return items.filter((each: any) => each.kind.startsWith('notify.'));
  };
  /** All notices so far were delivered. */
  const settled = () =>
    waitFor('all notices', async () =>
      (await noticesOf()).every(({ status }: any) => !['pending', 'processing'].includes(status)),
    );
  const doctor = async () =>
    (await stack.admin.get('/admin/doctor')).body.checks.find(({ name }: any) => name === 'notifications');

  it('of a request for a group: its owners, by a signed webhook and by one mail', async () => {
    const { id, created_at } = await join('bob');
    const [delivery] = await told(id);
    const { headers, raw, body } = delivery!;
    const request = { id, group: 'Lab', role: 'member', reason: 'for the work', requester: 'bob' };
    expect(body).toEqual({
      type: 'access_request.created',
      timestamp: created_at,
      data: { ...request, state: 'open', granted: null, decided_by: null, recipients: ['alice', 'carol'] },
    });
    const { 'webhook-id': msg, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
    const expected = createHmac('sha256', Buffer.from(KEY, 'base64')).update([msg, at, raw].join('.'));
    expect(signature).toBe(`v1,${expected.digest('base64')}`);
    expect([msg, headers['content-type']]).toEqual([
      expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
      'application/json',
    ]);
    expect(Math.abs(Date.now() / 1000 - Number(at))).toBeLessThan(60);
    const [message] = await mailed(id);
    expect(message).toMatchObject({
      from: 'lake@example.org',
      to: ['alice@people.example.org', 'carol@people.example.org'],
    });
    for (const part of [
      'bob asks for the role member',
      'group Lab',
      '> for the work',
      `lake approve ${id.slice(0, 8)}`,
    ])
      expect(message!.text).toContain(part);
    expect(message!.text).toMatch(/^Message-ID: <[0-9a-f-]{36}@example.org>\r$/im);
    // the same again is no news
    await join('bob');
    await settled();
    expect([(await told(id)).length, (await mailed(id)).length]).toEqual([1, 1]);
  });

  it('the requester, once it is decided', async () => {
    const { id } = await join('bob', 'Lab', 'owner');
    expect((await decide('alice', id, 'approve?dry_run=true', { role: 'reader' })).status).toBe(200);
    expect((await decide('alice', id, 'approve', { role: 'reader' })).status).toBe(200);
    const [, decided] = await told(id, 2);
    expect(decided!.body).toMatchObject({
      type: 'access_request.decided',
      data: { id, state: 'approved', granted: 'reader', decided_by: 'alice', recipients: ['bob'] },
    });
    const [, message] = await mailed(id, 2);
    expect(message!.to).toEqual(['bob@people.example.org']);
    for (const part of ['was approved by alice', 'You have it as: reader'])
      expect(message!.text).toContain(part);
    const wanted = await ask('dave', { path: pathOf('users-warehouse/alice/x/'), permission: 'write' });
    const [created] = await told(wanted.id);
    expect(created!.body.data).toMatchObject({ permission: 'write', recipients: ['alice'] });
    expect((await decide('alice', wanted.id, 'deny')).status).toBe(200);
    expect((await told(wanted.id, 2))[1]!.body.data).toMatchObject({ state: 'denied', recipients: ['dave'] });
    // withdrawn: nobody has to know
    const taken = await join('dave');
    await told(taken.id);
    await decide('dave', taken.id, 'withdraw');
    await settled();
    expect((await told(taken.id)).length).toBe(1);
  });

  it('nobody, of what is not there', async () => {
    const asked = [
      await join('bob', 'Nothing'),
      await ask('bob', { path: pathOf('users-warehouse/nobody/x/'), permission: 'read' }),
    ];
    await settled();
    for (const { id } of asked) expect(webhook.about(id)).toEqual([]);
    const notices = (await noticesOf()).filter(({ subject }: any) =>
      asked.some(({ id }) => subject.endsWith(id)),
    );
    expect(notices.map(({ status }: any) => status)).toEqual(Array(4).fill('completed'));
  });

  it('what a person writes stays text', async () => {
    const reason = 'a\r\nBcc: eve@example.org\n.\n<b>\ud800 \u{1F600}';
    const made = await as('dave').post('/access-requests', { group: 'Lab', role: 'reader', reason });
    expect(made.status).toBe(201);
    const [{ body }] = (await told(made.body.id)) as [any];
    expect(body.data.reason).toBe(made.body.reason);
    const [message] = await mailed(made.body.id);
    expect(message!.to).toEqual(['alice@people.example.org', 'carol@people.example.org']);
    expect(message!.text).not.toMatch(/^Bcc:/im);
    await decide('dave', made.body.id, 'withdraw');
  });

  it('a receiver that fails gets it again, with the same id; the request does not wait for it', async () => {
    let failures = 2;
    webhook.answer = () => (failures-- > 0 ? 503 : 204);
    mail.refused.add('carol@people.example.org');
    const { id } = await join('dave');
    const deliveries = await told(id, 3);
    const [ids, bodies] = [
      deliveries.map(({ headers }) => headers['webhook-id']),
      deliveries.map(({ raw }) => raw),
    ];
    expect([new Set(ids).size, new Set(bodies).size]).toEqual([1, 1]);
    // a mailbox that does not exist keeps the others from nothing
    expect((await mailed(id))[0]!.to).toEqual(['alice@people.example.org']);
    await settled();
    expect(await doctor()).toMatchObject({ verdict: 'ok' });
    await decide('dave', id, 'withdraw');
  });

  it('a receiver that stays away leaves a dead letter, which is redriven with the same id', async () => {
    webhook.answer = () => 302;
    const { id } = await join('dave', 'Lab', 'owner');
    const letter = async () =>
      (await stack.admin.get('/provisions/dead-letters?limit=500')).body.items.find(
        ({ subject }: any) => subject === `notify.webhook:${id}`,
      );
    await waitFor('the dead letter', async () => (await letter()) !== undefined);
    expect(await letter()).toMatchObject({
      kind: 'notify.webhook',
      error: 'The webhook answered 302',
      error_code: 'notification_failed',
    });
    expect(await doctor()).toMatchObject({
      verdict: 'warning',
      detail: expect.stringMatching(/By webhook, 0 .*1 were given up.*The webhook answered 302/),
    });
    webhook.answer = () => 204;
    expect((await stack.admin.post(`/provisions/${(await letter()).id}/redrive`)).status).toBe(202);
    const deliveries = await told(id, 4);
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await settled();
    expect(await doctor()).toMatchObject({ verdict: 'ok' });
  });

  it('loses nothing when the receiver is away and the service stops', async () => {
    // how often a notice is tried is decided when it is recorded
    await stack.restart({ PROVISION_MAX_ATTEMPTS: '50' });
    await webhook.stop();
    await stack.admin.post('/groups/Other', { owners: ['alice'] });
    const { id } = await join('carol', 'Other', 'reader');
    await waitFor('a warning', async () => (await doctor()).verdict === 'warning');
    await stack.restart();
    await webhook.start();
    const [delivery] = await told(id);
    expect(delivery!.body.data).toMatchObject({ group: 'Other', role: 'reader', recipients: ['alice'] });
    await settled();
  });

  it('says of a mail server that refuses it only its code', async () => {
    await stack.restart({ NOTIFY_SMTP_URL: mail.urlWith('wrong'), PROVISION_MAX_ATTEMPTS: '1' });
    const { id } = await join('bob', 'Lab', 'member');
    await settled();
    const [letter] = (await noticesOf('&kind=notify.mail')).filter(({ subject }: any) =>
      subject.endsWith(id),
    );
    expect(letter).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^The mail server refused .*535/),
    });
  });

  it('is not configured without receivers, and nothing is recorded then', async () => {
    const before = (await noticesOf()).length;
    const off = { NOTIFY_WEBHOOK_URL: '', NOTIFY_WEBHOOK_SECRET: '', NOTIFY_SMTP_URL: '', NOTIFY_FROM: '' };
    await stack.restart({ ...off, NOTIFY_MAIL_TO: '' });
    await stack.admin.get('/provisions/dead-letters').then(async ({ body }) => {
      for (const { id } of body.items)
        await stack.admin.post(`/provisions/${id}/discard`, { reason: 'a test' });
    });
    await join('dave', 'Lab', 'reader');
    expect((await noticesOf()).length).toBe(before);
    expect(await doctor()).toMatchObject({ verdict: 'not_configured' });
  });
});
