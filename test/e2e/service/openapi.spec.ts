import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gapsIn, operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { ROOT, findNode } from '../../../scripts/node.mjs';
import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const committed = () => JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8'));

describe('the OpenAPI document', () => {
  it('leaves nothing unsaid', () => {
    expect(gapsIn(committed())).toEqual([]);
  });

  it('would be found incomplete if something were missing', () => {
    const document = committed();
    const post = document.paths['/users/{user}'].post;
    delete post.summary;
    delete post.security;
    delete post.responses['401'];
    delete post.parameters[0].description;
    delete document.components.schemas.PairDto.properties.secret_key.description;
    expect(gapsIn(document)).toEqual([
      'POST /users/{user}: no summary',
      'POST /users/{user}: no security',
      'POST /users/{user}: no 401',
      'POST /users/{user}: parameter user has no description',
      'PairDto.secret_key: no description',
    ]);
  });

  it('would be found out if a request did not work as it is shown', () => {
    const document = committed();
    const { properties } = document.components.schemas.ShareRequestDto;
    const share = document.paths['/users/{user}/share'].post;
    const [body] = Object.values<any>(share.requestBody.content);
    const problems = share.responses['422'].content['application/problem+json'].examples;
    const action = document.paths['/admin/audit'].get.parameters.find(({ name }: any) => name === 'action');
    delete document.tags[0].description;
    delete properties.reason.example;
    delete share.parameters.find(({ name }: any) => name === 'user').example;
    body.example.expires_at = '2027-01-01T00:00:00Z';
    problems.all_refused.value = problems.unprocessable.value;
    action.example = 'user.created';
    delete document.paths['/users/{user}/unshare'].post.requestBody.content['application/json'].example;
    document.components.schemas.AccessKeyRequestDto.properties.name.example = '1';
    expect(gapsIn(document).sort()).toEqual([
      'AccessKeyRequestDto.name: the example breaks the pattern',
      'GET /admin/audit: parameter action is optional and sent unless it is cleared',
      'POST /users/{user}/share 422: the example all_refused is of another problem',
      'POST /users/{user}/share: expires_at ends soon',
      'POST /users/{user}/share: parameter user has no example',
      'POST /users/{user}/share: reason has no example',
      'POST /users/{user}/unshare: no example of its body',
      'ShareRequestDto.reason: a pattern and no example',
      'tag Me: no description',
    ]);
  });

  it('is made without any configuration or connection, and is what is committed', async () => {
    const script = join(ROOT, 'dist', 'openapi.js');
    const environment = { env: { PATH: '' }, cwd: ROOT };
    await promisify(execFile)(
      findNode(),
      ['--permission', '--allow-fs-read=*', script, '--check'],
      environment,
    );
  });

  it('lists the values of an enum in an order of its own, not in that of the compiler', () => {
    const enums: unknown[][] = [];
    JSON.stringify(committed(), (key, value: unknown) => {
      if (key === 'enum' && Array.isArray(value)) enums.push(value);
      return value;
    });
    expect(enums.length).toBeGreaterThan(30);
    expect(enums.filter((each) => each.join() !== [...each].sort().join())).toEqual([]);
  });

  it('names every endpoint of the contract that concerns users, credentials and provisions', () => {
    const names = operationsOf(committed()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'GET /me',
        'GET /users/{user}',
        'POST /users/{user}',
        'POST /users/{user}/sessions',
        'DELETE /users/{user}/sessions',
        'POST /users/{user}/access-keys',
        'GET /users/{user}/access-keys',
        'DELETE /users/{user}/access-keys/{access_key}',
        'GET /credentials/aws',
        'GET /admin/users',
        'DELETE /admin/users/{user}',
        'GET /admin/deletions/{id}',
        'POST /admin/users/{user}/disable',
        'POST /admin/users/{user}/enable',
        'POST /admin/adopt',
        'GET /admin/doctor',
        'GET /admin/audit',
        'POST /provision',
        'POST /provision/revoke',
        'GET /provision/{taskId}',
        'PUT /roles/{role}',
        'GET /roles/{role}',
        'GET /roles',
        'POST /provisions',
        'GET /provisions',
        'GET /provisions/dead-letters',
        'GET /provisions/{id}',
        'POST /provisions/{id}/cancel',
        'POST /provisions/{id}/retry',
        'POST /provisions/{id}/redrive',
        'POST /provisions/{id}/discard',
        'POST /provisions/{id}/claim',
        'GET /livez',
        'GET /readyz',
        'GET /metrics',
      ]),
    );
  });
});

describe('what the service shows of itself', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  }, START_MS);
  afterAll(() => stack?.stop());

  it('serves the committed document, and a page for people', async () => {
    const document = await stack.service.request('GET', '/openapi.json');
    expect(document.body).toEqual(committed());
    const page = await stack.service.request('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.body).toContain('swagger-ui');
    const script = await stack.service.request('GET', '/docs/swagger-ui-bundle.js');
    expect(script.status).toBe(200);
  });

  it('leads whoever opens its root in a browser to the page of people', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['HEAD', '/'],
      ['GET', '/?from=mail'],
    ] as const) {
      const { status, headers } = await stack.service.request(method, path, { headers: HTML });
      expect([path, status, headers.location, headers.vary]).toEqual([path, 302, 'ui/', 'accept']);
    }
  });

  it('tells programs at its root what it takes', async () => {
    for (const accept of ['', '*/*', 'application/json']) {
      const answer = await stack.service.request('GET', '/', { headers: { accept } });
      expect([...problemOf(answer), answer.headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
    }
    const answer = await stack.service.request('POST', '/', { headers: HTML, body: {} });
    expect(problemOf(answer)).toEqual([400, 'malformed_request']);
    expect((await stack.service.request('GET', '/me', { headers: HTML })).status).toBe(401);
  });

  it('describes the input of every kind of provision that it accepts', async () => {
    const { paths, components } = committed();
    const body = { kind: 'nothing', input: { any: 1 } };
    const [refusal] = (await stack.admin.post('/provisions', body)).body.errors;
    const accepted = refusal.rule.replace('one of ', '').split(', ');
    const schemaAt = ({ $ref }: { $ref: string }) => components.schemas[$ref.split('/').at(-1) as string];
    const { oneOf, discriminator } = schemaAt(
      paths['/provisions'].post.requestBody.content['application/json'].schema,
    );
    expect(discriminator?.propertyName).toBe('kind');
    expect(Object.keys(discriminator.mapping)).toEqual(accepted);
    expect(oneOf.map(({ $ref }: { $ref: string }) => $ref)).toEqual(Object.values(discriminator.mapping));
    for (const [kind, $ref] of Object.entries<string>(discriminator.mapping)) {
      const { properties, required, additionalProperties } = schemaAt({ $ref });
      expect(properties.kind.enum).toEqual([kind]);
      expect({ kind, required, additionalProperties }).toEqual({
        kind,
        required: ['input', 'kind'],
        additionalProperties: false,
      });
      const input = schemaAt(properties.input);
      expect(Object.keys(input.properties)).not.toEqual([]);
      expect(input.additionalProperties).toBe(false);
    }
    expect(accepted).toEqual(expect.arrayContaining(['user', 'membership', 'access.revoke']));
  });

  it('answers probes and metrics without a token', async () => {
    expect((await stack.service.request('GET', '/livez')).body).toEqual({ status: 'alive' });
    expect((await stack.service.request('GET', '/readyz')).body).toEqual({
      status: 'ready',
      dependencies: { database: 'up', minio: 'up' },
    });
    await stack.person('alice').post('/users/alice');
    const metrics = await stack.service.request('GET', '/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toMatch(
      /minio_admin_call_duration_seconds_count\{verb="users\.add",outcome="ok"\} 1/,
    );
    expect(metrics.body).toMatch(/credentials_issued_total\{kind="pair"\} 1/);
    expect(metrics.body).not.toContain('alice');
  });
});
