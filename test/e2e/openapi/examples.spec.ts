import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedDemo } from '../../../scripts/demo/seed.mjs';
import { PEOPLE } from '../../../scripts/demo/world.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { bodiesOf, operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { waitFor } from '../../../scripts/child.mjs';
import { endOfPlan, order } from '../../support/workflows/order-plans.js';
import { Gate } from '../../support/network/gate.js';
import { problemOf } from '../../support/service/problems.js';
import { accepted, ended, reaches, submit } from '../../support/workflows/provisions.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import type { Answer } from '../../support/service/service.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf } from '../../support/workflows/runs.js';

/** One request, exactly as the page of the API shows it. */
interface Shown {
  /** Method and path, and the name of the body where there are several. */
  name: string;
  operation: string;
  method: string;
  path: string;
  parameters: { name: string; in: string; required?: boolean; example?: unknown }[];
  body: unknown;
}

const document = JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8'));
const SHOWN: Shown[] = operationsOf(document).flatMap(({ name, path, operation }) => {
  const bodies = operation.requestBody ? bodiesOf(operation) : [['', undefined] as [string, unknown]];
  const { parameters = [] } = operation;
  return bodies.map(([form, body]: [string, unknown]) => ({
    name: form ? `${name} (${form})` : name,
    operation: name,
    method: name.split(' ')[0] ?? '',
    path,
    parameters,
    body,
  }));
});

/** An id that only an earlier answer can tell; as it stands, the example belongs to nothing. */
const HAS_ID = /\{(id|taskId)\}/;

/** What does not go as it stands, on the data of the demo, and what is said then. */
const REFUSED: Record<string, [number, string]> = {
  // the demo has no portal to ask, and an event is never signed
  'POST / (event)': [401, 'unauthenticated'],
  'POST /webhooks/data-product-portal (event)': [401, 'unauthenticated'],
  // the demo has no Git server that it may ask
  'POST /api/admin/providers': [422, 'unprocessable'],
  // nor one that may tell it anything
  'POST /webhooks/git (push)': [404, 'not_found'],
  // nothing is missing in a portal that is not there
  'POST /data-products/{product}/confirm-removal': [409, 'not_possible'],
  // the demo has no PostgreSQL for data products
  'POST /data-products/{product}/database-login': [409, 'not_possible'],
  // for the user alone, and the caller is the administrator
  'GET /users/{user}/folders': [403, 'forbidden'],
  // its digest is that of another plan
  'POST /api/workflows/{id}/approve': [409, 'plan_changed'],
};

/** What takes something away comes when everybody else has seen it. */
const LAST = [
  /^POST .*\/(unshare|revoke|disable)$/,
  /^POST .*\/enable$/,
  /^DELETE .api.resources/,
  /^DELETE /,
];
const rank = ({ name }: Shown) => LAST.findIndex((each) => each.test(name));

describe('the examples of the OpenAPI document, on the data of the demo', () => {
  let stack: Stack;
  const answers = new Map<string, Answer>();

  beforeAll(async () => {
    const policy = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(
      policy,
      'rules: [{name: asked, when: request.application.startsWith("asked"), then: approve}]',
    );
    stack = await startStack({
      env: { ...NO_LIMITS, PROVIDERS_DIR: join(ROOT, 'providers'), WORKFLOW_POLICY_FILE: policy },
      proxied: true,
    });
    const people = PEOPLE.map((name) => [name, name === 'admin' ? stack.admin : stack.person(name)] as const);
    const tokens = Object.fromEntries(people.map(([name, { token }]) => [name, token]));
    await seedDemo({ url: stack.service.baseUrl, tokens });
  }, START_MS);
  afterAll(() => stack?.stop());

  function addressOf({ path, parameters }: Shown, id?: string): string {
    const given = parameters.filter((each) => each.in === 'query' && each.required);
    const query = new URLSearchParams(
      Object.fromEntries(given.map(({ name, example }) => [name, String(example)])),
    );
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const example = parameters.find((each) => each.in === 'path' && each.name === name)?.example;
      return encodeURIComponent(/^(id|taskId)$/.test(name) && id !== undefined ? id : String(example));
    });
    return given.length > 0 ? `${filled}?${query.toString()}` : filled;
  }

  const execute = (shown: Shown, id?: string): Promise<Answer> =>
    stack.service.request(shown.method, addressOf(shown, id), {
      token: `Bearer ${stack.admin.token}`,
      ...(shown.body === undefined ? {} : { body: shown.body }),
    });

  /** The body of an answer that this run has had. */
  const answered = (name: string) => answers.get(name)?.body;

  /** A request that somebody else has made, with the example of a new one. */
  async function requestOf(person: string, form: string): Promise<string> {
    const example = SHOWN.find(({ name }) => name === `POST /access-requests (${form})`);
    const { body } = await stack.person(person).post('/access-requests', example?.body);
    return body.id;
  }

  async function failed(): Promise<string> {
    const input = { group_name: 'KBase', user_name: 'nobody' };
    return (await ended(stack.admin, await submit(stack.admin, 'membership', input))).id;
  }

  /** One that waits, because MinIO is away. */
  async function waiting(): Promise<string> {
    await stack.proxy.refuse();
    const made = await submit(stack.admin, 'bucket', { bucket: 'later' });
    await waitFor('an attempt', async () => (await reaches(stack.admin, made, 'pending')).error !== null);
    return made.id;
  }

  const PATHS = '/api/workflows/storage-team';

  const executed = async (workflow: string, parameters: object): Promise<{ id: string }> =>
    acceptedRun(await stack.admin.post(`${PATHS}/${workflow}/execute`, { team: 'KBase', parameters }));

  /** A run of a workflow of the demo that has completed. */
  async function completedRun(bucket: string): Promise<string> {
    const { id, status, error } = await endOf(
      stack.admin,
      await executed('create-bucket', { bucket_name: bucket }),
    );
    expect([status, error]).toEqual(['completed', null]);
    return id;
  }

  /** One that has failed, because a user of its last step was deleted in its first one. */
  async function failedRun(): Promise<string> {
    await stack.admin.post('/users/quitter');
    const gate = new Gate(stack.proxy, ({ method, path }) => method === 'PUT' && path.startsWith('/fields'), {
      call: 1,
      side: 'before',
    });
    const parameters = { team: 'Fields', bucket_name: 'fields', members: ['quitter'] };
    const run = await executed('onboard-data-team', parameters);
    await gate.reached;
    expect((await stack.admin.delete('/admin/users/quitter')).status).toBe(204);
    gate.open();
    expect((await endOf(stack.admin, run)).status).toBe('failed');
    return run.id;
  }

  let shown: Promise<string> | undefined;
  const shownRun = () => (shown ??= completedRun('shown'));

  /** One that waits for an approval. */
  async function askedRun(application: string): Promise<string> {
    const parameters = { bucket_name: `kbase-${application}` };
    const { body } = await stack
      .person('bob')
      .post(`${PATHS}/create-bucket/execute`, { team: 'KBase', application, parameters });
    return body.id;
  }

  /** A plan that has ended as it should. */
  async function endedPlan(bucket: string): Promise<string> {
    const plan = await order(stack.admin, [{ kind: 'bucket', input: { bucket } }]);
    expect(await endOfPlan(stack.admin, plan)).toMatchObject({ status: 'completed' });
    return plan.id;
  }

  /** One whose item waits, because MinIO is away. */
  async function openPlan(): Promise<string> {
    await stack.proxy.refuse();
    return (await order(stack.admin, [{ kind: 'bucket', input: { bucket: 'ordered-later' } }])).id;
  }

  async function resource(name: string): Promise<string> {
    const run = await completedRun(name);
    const { items } = (await stack.admin.get('/api/resources')).body;
    return items.find(({ run_id }: { run_id: string }) => run_id === run).id;
  }

  async function deletion(): Promise<string> {
    await stack.admin.post('/users/leaver');
    await stack.admin.delete('/admin/users/leaver?data=delete');
    const { items } = (await stack.admin.get('/provisions?kind=data.deletion')).body;
    return items[0].input.deletion_id;
  }

  /** Where the id of an operation comes from. */
  const IDS: Record<string, () => string | Promise<string>> = {
    'POST /access-requests/{id}/approve (path approval)': () => requestOf('carol', 'new path request'),
    'POST /access-requests/{id}/approve (group approval)': () => requestOf('dave', 'new group request'),
    'POST /access-requests/{id}/deny': () => requestOf('dave', 'new path request'),
    'POST /access-requests/{id}/withdraw': () => answered('POST /access-requests (new path request)').id,
    'GET /provision/{taskId}': () => answered('POST /provision').taskId,
    'GET /provisions/{id}': () => answered('POST /provisions (user)').id,
    'POST /provisions/{id}/cancel': waiting,
    'POST /provisions/{id}/retry': failed,
    'POST /provisions/{id}/redrive': failed,
    'POST /provisions/{id}/discard': failed,
    'POST /provisions/{id}/undo': () => answered('POST /provisions (bucket)').id,
    'POST /provisions/{id}/claim': () => answered('POST /provisions (access_key)').id,
    'GET /admin/deletions/{id}': deletion,
    'GET /plans/{id}': () => answered('POST /plans').id,
    'POST /plans/{id}/undo': () => endedPlan('ordered'),
    'POST /plans/{id}/cancel': openPlan,
    'GET /api/workflows/{id}': shownRun,
    'GET /api/workflows/{id}/receipt': shownRun,
    'POST /api/workflows/{id}/verify': shownRun,
    'GET /api/workflows/{id}/logs': shownRun,
    'POST /api/workflows/{id}/undo': () => completedRun('undone'),
    'POST /api/workflows/{id}/retry': failedRun,
    'POST /api/workflows/{id}/cancel': () => askedRun('asked-one'),
    'POST /api/workflows/{id}/approve': () => askedRun('asked-two'),
    'POST /api/workflows/{id}/reject': () => askedRun('asked-three'),
    'GET /api/resources/{id}': () => resource('a-resource'),
    'DELETE /api/resources/{id}': () => resource('no-resource'),
    'GET /admin/rotations/{id}': () => answered('POST /admin/rotate-all').id,
  };

  it('are there for every operation', () => {
    const incomplete = SHOWN.filter(({ parameters }) =>
      parameters.some(({ required, example }) => required && example === undefined),
    );
    expect(incomplete.map(({ name }) => name)).toEqual([]);
    const shown = new Set(SHOWN.map(({ operation }) => operation));
    expect(operationsOf(document).flatMap(({ name }) => (shown.has(name) ? [] : [name]))).toEqual([]);
    expect(SHOWN.filter(({ name, path }) => HAS_ID.test(path) !== name in IDS)).toEqual([]);
  });

  it.each(SHOWN.filter(({ path }) => HAS_ID.test(path)).map((each) => [each.name, each] as const))(
    '%s: the id of the example belongs to nothing',
    async (_, shown) => {
      expect(problemOf(await execute(shown))).toEqual([404, 'not_found']);
    },
  );

  it.each(SHOWN.toSorted((a, b) => rank(a) - rank(b)).map((each) => [each.name, each] as const))(
    '%s works as it stands',
    async (name, shown) => {
      const answer = await execute(shown, await IDS[name]?.());
      if (/^POST .(provisions|plans).{id}.cancel$/.test(name)) await stack.proxy.accept();
      answers.set(name, answer);
      if (REFUSED[name]) {
        expect(problemOf(answer)).toEqual(REFUSED[name]);
        return;
      }
      expect({ ...answer, fine: answer.status >= 200 && answer.status < 300 }).toMatchObject({ fine: true });
      // 207: a target was refused
      expect(answer.status).not.toBe(207);
      if (name === 'POST /api/providers/validate')
        expect(answer.body).toEqual({ valid: true, errors: [], warnings: [] });
      if (shown.operation !== 'POST /provisions') return;
      expect(await ended(stack.admin, accepted(answer))).toMatchObject({ status: 'completed' });
    },
  );
});
