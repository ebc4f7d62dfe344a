import { problemOf } from '../../support/service/problems.js';
import { type Stack, START_MS } from '../../support/service/stack.js';
import { acceptedRun, endOf } from '../../support/workflows/runs.js';
import { given, startShop } from '../../support/workflows/shop.js';

const PATH = '/api/workflows/golden-paths/begin/execute';
const YAML = { 'content-type': 'application/yaml' };
const score = (params: string) => `apiVersion: score.dev/v1b1
metadata: {name: harvest}
resources:
  store: {type: s3, params: ${params}}
`;

describe('the ways to run a workflow', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startShop();
  }, START_MS);
  afterAll(() => stack?.stop());

  const alice = () => stack.person('alice');

  it('plan the same: JSON, the query, a Score file as YAML, as text and as an object', async () => {
    const file = score('{bucket_name: "${metadata.name}-data", versioning: false, label: "false"}');
    const object = {
      apiVersion: 'score.dev/v1b1',
      metadata: { name: 'harvest' },
      resources: { store: { type: 's3', params: given('harvest-data') } },
    };
    const query = 'param.bucket_name=harvest-data&param.versioning=false&param.label=false';
    const dry = `${PATH}?dry_run=true`;
    const ways = [
      await stack.admin.post(dry, { parameters: given('harvest-data'), team: 'Lab' }),
      await stack.admin.post(`${dry}&${query}`, { team: 'Lab' }),
      await stack.admin.post(dry, { score: file, team: 'Lab' }),
      await stack.admin.post(dry, { score: object, team: 'Lab' }),
      await stack.admin.post(`/api/workflows/shop/begin/execute?dry_run=true&${query}`, { team: 'Lab' }),
    ];
    for (const { status, body } of ways) {
      expect([status, body.plan]).toEqual([200, ways[0]?.body.plan]);
      expect(body.plan[0].input).toMatchObject({ versioning: false, tags: { label: 'false' } });
    }
  });

  it('record the same: a repeated key gives one run, whichever way it comes', async () => {
    const headers = { 'idempotency-key': 'one' };
    const file = score('{bucket_name: harvest-one, versioning: false, label: "false"}');
    const body = { team: 'Lab', score: file };
    const run = acceptedRun(await stack.admin.post(PATH, body, { headers }));
    const again = { team: 'Lab', application: 'harvest', parameters: given('harvest-one') };
    expect(acceptedRun(await stack.admin.post(PATH, again, { headers })).id).toBe(run.id);
    const end = await endOf(alice(), run);
    expect(end).toMatchObject({
      status: 'completed',
      application: 'harvest',
      parameters: given('harvest-one'),
    });
  });

  it('take a Score file as the body, with the team in the query', async () => {
    const file = score('{bucket_name: harvest-two, versioning: false}');
    const run = acceptedRun(
      await stack.admin.post(`${PATH}?team=Lab&param.label=x`, file, { headers: YAML }),
    );
    expect(run).toMatchObject({ team: 'Lab', application: 'harvest' });
    expect(run.parameters).toEqual({ bucket_name: 'harvest-two', versioning: false, label: 'x' });
    await endOf(stack.admin, run);
    const two = await stack.admin.post(`${PATH}?team=Lab`, { team: 'KBase' });
    expect([problemOf(two), two.body.errors[0].field]).toEqual([[422, 'unprocessable'], 'team']);
    const elsewhere = await stack.admin.post('/groups/Other', 'a: b', { headers: YAML });
    expect(problemOf(elsewhere)).toEqual([415, 'unsupported_media_type']);
  });

  it('refuse what is wrong in a Score file, with its place, and record nothing', async () => {
    const runs = async () => (await stack.admin.get('/api/workflows')).body.items.length;
    const before = await runs();
    const cases: [string, number, number][] = [
      ['a: [', 1, 5],
      [score('{}').replace('s3', 'redis'), 4, 17],
      [score('{bucket_name: "${resources.store.bucket}"}'), 4, 43],
    ];
    for (const [file, line, column] of cases) {
      const answer = await stack.admin.post(`${PATH}?team=Lab`, file, { headers: YAML });
      expect([problemOf(answer), answer.body.errors[0]]).toMatchObject([
        [422, 'score_invalid'],
        { file: 'score.yaml', line, column },
      ]);
    }
    expect(await runs()).toBe(before);
  });

  it('refuse a text that is not of its type, a query that is not known, and a Score file of another application', async () => {
    const wrong = await stack.admin.post(`${PATH}?param.versioning=no&param.bucket_name=x&param.zzz=1`, {
      team: 'Lab',
    });
    expect([problemOf(wrong), wrong.body.errors.map(({ field }: any) => field)]).toEqual([
      [422, 'unprocessable'],
      ['parameters.zzz', 'parameters.versioning'],
    ]);
    const unknown = await stack.admin.post(`${PATH}?params.bucket_name=x`, {});
    expect(problemOf(unknown)).toEqual([400, 'malformed_request']);
    const list = await stack.admin.post(PATH, { score: ['x'] });
    expect(problemOf(list)).toEqual([400, 'malformed_request']);
    const other = await stack.admin.post(PATH, { score: score('{}'), application: 'shop', team: 'Lab' });
    expect([problemOf(other), other.body.errors[0].field]).toEqual([[422, 'unprocessable'], 'application']);
    const nul = await stack.admin.post(`${PATH}?param.bucket_name=x%00`, { team: 'Lab' });
    expect(problemOf(nul)).toEqual([422, 'unprocessable']);
  });

  it('a golden path that does not exist is 404', async () => {
    expect(problemOf(await stack.admin.post(PATH.replace('begin', 'make-bucket'), {}))).toEqual([
      404,
      'not_found',
    ]);
  });
});
