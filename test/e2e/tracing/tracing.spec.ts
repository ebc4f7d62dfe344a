import { randomBytes } from 'node:crypto';
import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { hasRabbitmq } from '../../support/servers/rabbitmq.js';
import { SecretFinder } from '../../support/service/secrets.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { Collector, type SeenSpan } from '../../support/tracing/collector.js';
import { ended, submit } from '../../support/workflows/provisions.js';

const TOKEN = `collector-${randomBytes(16).toString('hex')}`;
/** All that a span may say; `SpanFields` has the same. */
const FIELDS = [
  ...['http.request.method', 'http.route', 'http.response.status_code', 'error.type'],
  ...['peer.service', 'rpc.method', 'db.system.name', 'db.operation.name', 'db.collection.name'],
  ...['id', 'kind', 'attempt', 'outcome'].map((each) => `minio_manager.provision.${each}`),
];
/** A route, a number, an id, or words of the code. */
const VALUE = /^(([A-Z]+ )?(\/[a-z:_/.*-]*|none)|\d+|[0-9a-f-]{36}|[\w.]+( [\w.]+)?)$/i;
const tracedBy = (collector: Collector, more: Record<string, string> = {}) => ({
  ...NO_LIMITS,
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${TOKEN}`,
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  ...more,
});

/** A trace of a caller's. */
function callersTrace(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

/** The span of a trace by its name; there is just one. */
function named(spans: SeenSpan[], name: string): SeenSpan {
  const found = spans.filter((each) => each.name === name);
  expect([name, found.length, spans.map((each) => each.name)]).toEqual([name, 1, expect.anything()]);
  return found[0] as SeenSpan;
}

/** Whether one is the other, or below it. */
function isWithin(span: SeenSpan, { spanId }: SeenSpan, all: SeenSpan[]): boolean {
  if (span.spanId === spanId) return true;
  const parent = all.find((each) => each.spanId === span.parentId);
  return parent !== undefined && isWithin(parent, { spanId } as SeenSpan, all);
}

const transports = hasRabbitmq() ? [false, true] : [false];

describe.each(transports)('traces, through RabbitMQ: %s', (broker) => {
  const collector = new Collector();
  let stack: Stack;

  beforeAll(async () => {
    await collector.start();
    stack = await startStack({ env: tracedBy(collector), broker });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Curators', { members: ['alice'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await collector.stop();
  });

  const traceWith = async (id: string, name: string): Promise<SeenSpan[]> => {
    const isThere = () => collector.trace(id).some((each) => each.name === name);
    await waitFor(`the span ${name}`, isThere).catch(() => undefined);
    return collector.trace(id);
  };

  it('a request goes on in the trace of its caller, with the calls that it makes', async () => {
    const { traceId, spanId, headers } = callersTrace();
    const alice = stack.person('alice');
    expect((await alice.post('/users/alice/sessions', {}, { headers })).status).toBe(201);
    const spans = await traceWith(traceId, 'POST /users/:user/sessions');
    const request = named(spans, 'POST /users/:user/sessions');
    expect(request).toMatchObject({ kind: 'server', parentId: spanId, hasFailed: false });
    expect(request.fields).toEqual({
      'http.request.method': 'POST',
      'http.route': '/users/:user/sessions',
      'http.response.status_code': 201,
    });
    const minted = named(spans, 'minio sts.assumeRole');
    expect(minted).toMatchObject({ kind: 'client', parentId: request.spanId, hasFailed: false });
    expect(minted.fields).toEqual({ 'peer.service': 'minio', 'rpc.method': 'sts.assumeRole' });
    // its client tells of a call of the admin API; undici's channel tells of the same one
    const twice = spans.filter(
      ({ fields }) => fields['peer.service'] === 'minio' && 'http.request.method' in fields,
    );
    expect(twice).toEqual([]);
    const statements = spans.filter(({ fields }) => 'db.system.name' in fields);
    expect(statements.length).toBeGreaterThan(0);
    for (const each of spans) {
      expect(isWithin(each, request, spans)).toBe(true);
      expect(each.startedAt).toBeLessThanOrEqual(each.endedAt);
    }
    expect(minted.startedAt).toBeGreaterThanOrEqual(request.startedAt - 2_000_000n);
    expect(minted.endedAt).toBeLessThanOrEqual(request.endedAt + 2_000_000n);
  });

  it('the check of a new token is a call of the auth service', async () => {
    const { traceId, headers } = callersTrace();
    await stack.person('newcomer').get('/me', { headers });
    const spans = await traceWith(traceId, 'GET /me');
    const checks = spans.filter(({ name }) => name === 'kbase GET');
    const fields = { 'peer.service': 'kbase', 'http.request.method': 'GET' };
    // the token, and then the person's roles
    expect(checks.map((each) => each.fields)).toEqual(
      Array(2).fill({ ...fields, 'http.response.status_code': 200 }),
    );
  });

  it('a provision is carried out in the trace of the request that asked for it', async () => {
    const { traceId, headers } = callersTrace();
    const asked = { kind: 'bucket', input: { bucket: 'traced-bucket' } };
    const { body } = await stack.admin.post('/provisions', asked, { headers });
    await ended(stack.admin, body);
    const spans = await traceWith(traceId, 'provision bucket');
    const run = named(spans, 'provision bucket');
    expect(run).toMatchObject({ kind: 'consumer', hasFailed: false });
    expect(run.parentId).toBe(named(spans, 'POST /provisions').spanId);
    expect(run.fields).toEqual({
      'minio_manager.provision.id': body.id,
      'minio_manager.provision.kind': 'bucket',
      'minio_manager.provision.attempt': 1,
      'minio_manager.provision.outcome': 'completed',
    });
    const calls = spans.filter(({ fields }) => fields['peer.service'] === 'minio');
    expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['minio HEAD', 'minio PUT']));
    for (const each of calls) expect(isWithin(each, run, spans)).toBe(true);
    const [row] = spans.filter(({ name }) => name === 'update provision');
    expect(row?.fields).toMatchObject({ 'db.operation.name': 'update', 'db.collection.name': 'provision' });
  });

  it('a delivery of a portal, of which the same may wait already, has its provisions in its trace, too', async () => {
    const { traceId, headers } = callersTrace();
    const response = JSON.stringify({ id: 'traced', namespace: 'traced' });
    const delivery = { method: 'POST', url: '/api/data_products', response };
    expect((await stack.service.request('POST', '/', { body: delivery, headers })).status).toBe(200);
    const spans = await traceWith(traceId, 'provision data_product.reconcile');
    expect(spans.filter(({ kind }) => kind === 'consumer').length).toBeGreaterThan(0);
    for (const each of spans) expect(isWithin(each, named(spans, 'POST /'), spans)).toBe(true);
  });

  it('what cannot be carried out says so, with the code of the problem', async () => {
    const { traceId, headers } = callersTrace();
    const asked = { kind: 'membership', input: { group_name: 'Curators', user_name: 'nobody' } };
    const { body } = await stack.admin.post('/provisions', asked, { headers });
    expect((await ended(stack.admin, body)).status).toBe('failed');
    const run = named(await traceWith(traceId, 'provision membership'), 'provision membership');
    expect(run.hasFailed).toBe(true);
    expect(run.fields).toMatchObject({
      'error.type': 'unknown_user',
      'minio_manager.provision.outcome': 'failed',
    });
  });

  it('a caller that does not record its trace, and the probes, leave nothing', async () => {
    const { traceId, headers } = callersTrace('00');
    await stack.person('alice').post('/users/alice/sessions', {}, { headers });
    const probe = callersTrace();
    for (const path of ['/readyz', '/livez', '/metrics'])
      await stack.service.request('GET', path, { headers: probe.headers });
    const last = callersTrace();
    await stack.person('alice').get('/me', { headers: last.headers });
    await traceWith(last.traceId, 'GET /me');
    expect([...collector.trace(traceId), ...collector.trace(probe.traceId)]).toEqual([]);
  });

  it('a header that is none begins a trace, which the log names', async () => {
    const headers = { traceparent: '00-alice-bob-01', tracestate: 'alice=secret', baggage: 'user=alice' };
    const id = `trace-${randomBytes(8).toString('hex')}`;
    await stack.person('alice').get('/me', { headers: { ...headers, 'x-request-id': id } });
    const line = await waitFor('the line of the log', () =>
      stack.service
        .logs()
        .split('\n')
        .find((each) => each.includes(id)),
    );
    const traceId = JSON.parse(String(line)).trace_id;
    expect(named(await traceWith(traceId, 'GET /me'), 'GET /me').parentId).toBe('');
  });

  it('the collector gets its header, and is told what sends', () => {
    expect(new Set(collector.headers.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
    expect(collector.resources[0]).toMatchObject({
      'service.name': 'minio-manager',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
      'deployment.environment.name': 'test',
    });
  });

  it('no span says a secret, a name, a path or a query, whatever is done', async () => {
    stack.secrets.add('the header of the collector', TOKEN);
    const marks = await everything(stack);
    const last = callersTrace();
    await stack.person('alice').get('/me', { headers: last.headers });
    await traceWith(last.traceId, 'GET /me');
    const all = Buffer.concat(collector.bodies);
    expect(collector.spans.length).toBeGreaterThan(200);
    const texts = new SecretFinder();
    for (const mark of marks) texts.add(`the text ${mark}`, mark);
    for (const finder of [stack.secrets, texts]) expect(finder.findIn('the spans', all)).toEqual([]);
    for (const name of ['alice', 'bob', 'users-warehouse', 'cdm-lake'])
      expect([name, all.includes(name)]).toEqual([name, false]);
    const fields = new Set(collector.spans.flatMap((each) => Object.keys(each.fields)));
    expect([...fields].filter((each) => !FIELDS.includes(each))).toEqual([]);
    expect(fields.size).toBe(FIELDS.length);
    const values = new Set(collector.spans.flatMap((each) => [each.name, ...Object.values(each.fields)]));
    expect([...values].map(String).filter((each) => !VALUE.test(each))).toEqual([]);
    // the exporter's own calls are in no trace, and the service calls nobody else
    expect(collector.spans.filter((each) => each.fields['peer.service'] === 'other')).toEqual([]);
  });

  it('the last spans are sent when the service ends', async () => {
    await stack.stopService();
    stack.env.OTEL_BSP_SCHEDULE_DELAY = '60000';
    await stack.startService();
    const { traceId, headers } = callersTrace();
    await stack.person('alice').get('/me', { headers });
    expect(collector.trace(traceId)).toEqual([]);
    expect(await stack.service.stop()).toBe(0);
    named(collector.trace(traceId), 'GET /me');
  });
});

/** Calls of all kinds that have names, paths, keys or secrets; gives the texts that no span may have. */
async function everything(stack: Stack): Promise<string[]> {
  const [alice, bob] = [stack.person('alice'), stack.person('bob')];
  const mark = (what: string) => `${what}-${randomBytes(6).toString('hex')}`;
  const [folder, key, group, bucket, query] = ['folder', 'key', 'Group', 'bucket', 'query'].map(mark) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const path = `s3a://cdm-lake/users-warehouse/alice/${folder}/`;
  await alice.post('/users/alice', { rotate: true });
  await alice.post('/users/alice/sessions');
  await alice.get('/credentials/aws');
  const made = (await alice.post('/users/alice/access-keys', { name: key })).body;
  await alice.delete(`/users/alice/access-keys/${made.access_key}`);
  await stack.admin.post(`/groups/${group}`, { members: ['alice', 'bob'], description: query });
  await alice.post('/users/alice/share', { path, with_users: ['bob'], reason: query });
  await bob.get(`/access?path=${encodeURIComponent(path)}`);
  await alice.get(`/users/alice/folders?prefix=${folder}`);
  await alice.get(`/nothing/${folder}?token=${query}`);
  await alice.post(`/users/${folder}`, { secret_key: query });
  await stack.caller(randomBytes(16).toString('hex')).get('/me');
  stack.kbase.fault = 'drop';
  expect((await stack.caller(randomBytes(16).toString('hex')).get('/me')).status).toBe(503);
  stack.kbase.fault = undefined;
  await ended(stack.admin, await submit(stack.admin, 'bucket', { bucket }));
  await ended(stack.admin, await submit(stack.admin, 'access_key', { user_name: 'alice', name: key }));
  await stack.admin.get(`/admin/users?q=${query}`);
  await stack.admin.get('/admin/drift');
  await stack.root.users.remove('bob');
  await bob.post('/users/bob/sessions');
  await alice.post('/users/alice/unshare', { path, from_users: ['bob'] });
  await stack.admin.delete('/admin/users/bob');
  return [folder, key, group, bucket, query];
}
