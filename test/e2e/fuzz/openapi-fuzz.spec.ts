import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { problemOf } from '../../support/service/problems.js';
import { fuzz, INSTALL_MS, installed } from '../../support/python/schemathesis.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

/** The same cases in every run, so that a change is judged by itself; FUZZ_SEED draws others, FUZZ_EXAMPLES more, FUZZ_SHOW=1 tells what was done. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const EXAMPLES = Number(process.env.FUZZ_EXAMPLES ?? 5);
const RUN_MS = 300_000 + EXAMPLES * 20_000;

const SERVICE = `svc_${randomBytes(16).toString('hex')}`;
const SERVICE_TOKENS = JSON.stringify([
  { name: 'hub', sha256: createHash('sha256').update(SERVICE).digest('hex'), scopes: ['credentials'] },
]);
const OK = { code: 0, output: expect.any(String) };

const document = () => JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8'));

describe('the OpenAPI document, fuzzed', () => {
  let stack: Stack;

  beforeAll(async () => {
    await installed();
    stack = await startStack({
      env: { ...NO_LIMITS, SERVICE_TOKENS, PROVIDERS_DIR: join(ROOT, 'providers') },
    });
    await makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/KBase', { members: ['bob'], readers: ['carol'], owners: ['alice'] });
    const path = pathOf(`${homeOf('alice')}reports/`);
    await stack
      .person('alice')
      .post('/users/alice/share', { path, with_users: ['bob'], with_groups: ['everyone'] });
    await stack.person('carol').post('/access-requests', { path, permission: 'write', reason: 'x' });
  }, INSTALL_MS + START_MS);
  afterAll(() => stack?.stop());

  // the administrator comes last: it removes and disables whom the others are
  it.each<[string, () => string, string[] | undefined]>([
    ['a person', () => stack.person('alice').token, ['examples', 'fuzzing', 'stateful']],
    ['a service', () => SERVICE, ['fuzzing', 'stateful']],
    ['an administrator', () => stack.admin.token, undefined],
  ])(
    `is kept for ${'%s'} (FUZZ_SEED=${SEED})`,
    async (_, tokenOf, phases) => {
      const options = { document: document(), url: stack.service.baseUrl, seed: SEED, examples: EXAMPLES };
      const report = await fuzz({ ...options, token: tokenOf(), phases });
      if (process.env.FUZZ_SHOW || report.code !== 0) console.log(report.output);
      expect({ seed: SEED, ...report }).toEqual({ seed: SEED, ...OK });
    },
    RUN_MS,
  );

  it('has met success in nearly every operation', async () => {
    const metrics = String((await stack.service.request('GET', '/metrics')).body);
    const met = new Set(
      [...metrics.matchAll(/_count\{method="(\w+)",route="([^"]+)",status="2\d\d"\}/g)].map(
        ([, method, route]) => `${method} ${route?.replaceAll(/:(\w+)/g, '{$1}')}`,
      ),
    );
    // what is about a thing with an id of its own, nobody guesses
    const guessed = operationsOf(document()).filter(({ name }) => !/\{(id|taskId|product)\}/.test(name));
    const missed = guessed.flatMap(({ name }) => (met.has(name) ? [] : [name]));
    if (process.env.FUZZ_SHOW) console.log(missed);
    expect(missed.length).toBeLessThan(6);
  });

  it('lets nobody in without a token or with a wrong one, anywhere', async () => {
    for (const { name, operation } of operationsOf(document())) {
      if (!operation.security) continue;
      const [method, path] = name.split(' ') as [string, string];
      const address = path
        .replaceAll(/\{(id|taskId)\}/g, '0197c0de-0000-4000-8000-000000000000')
        .replaceAll(/\{\w+\}/g, 'alice');
      for (const token of [undefined, 'Bearer WRONG', 'Bearer svc_wrong', 'Basic YTpi']) {
        const answer = await stack.service.request(method, address, token ? { token } : {});
        expect([name, token, ...problemOf(answer)]).toEqual([name, token, 401, 'unauthenticated']);
      }
    }
  });

  it(
    'would be found broken: a status, an answer and a rule that are not as the document says',
    async () => {
      const broken = document();
      delete broken.paths['/admin/users'].get.responses['200'];
      broken.components.schemas.LivenessDto.properties.status.enum = ['dead'];
      broken.components.schemas.SessionRequestDto.properties.duration_seconds.minimum = 1;
      const paths = ['/admin/users', '/livez', '/users/{user}/sessions'];
      broken.paths = Object.fromEntries(paths.map((path) => [path, broken.paths[path]]));
      const options = { url: stack.service.baseUrl, token: stack.admin.token, seed: SEED, examples: 5 };
      const { code, output } = await fuzz({ ...options, document: broken, phases: ['coverage'] });
      expect(code).toBe(1);
      for (const found of [
        'Undocumented status code',
        'Response violates schema',
        'the document allows what is refused',
      ])
        expect(output).toContain(found);
    },
    RUN_MS,
  );
});
