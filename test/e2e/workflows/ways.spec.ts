import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, endOf, execute, runWhen, writeProviders } from '../../support/workflows/runs.js';

const PARAMETERS = `parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: versioning, type: boolean, default: true}
  - {name: label, type: string, default: none}`;

const PROVIDERS = {
  'shop/provider.yaml': `
name: shop
description: What an application needs
version: 1.0.0
owner: shop@example.org
workflows_dir: workflows
resource_types:
  - {type: s3, operations: {create: make-bucket}}
`,
  'shop/workflows/make-bucket.yaml': `
name: make-bucket
description: A bucket
${PARAMETERS}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", versioning: "\${inputs.versioning}", tags: {label: "\${inputs.label}"}}
`,
  'shop/workflows/begin.yaml': `
name: begin
description: What an application needs to begin
category: goldenpath
${PARAMETERS}
steps:
  - name: store
    type: workflow
    with:
      workflow: make-bucket
      parameters: {bucket_name: "\${inputs.bucket_name}", versioning: "\${inputs.versioning}", label: "\${inputs.label}"}
`,
  'shop/workflows/asks.yaml': `
name: asks
description: A bucket, when people have agreed
${PARAMETERS}
steps:
  - {name: ask, type: approval, with: {message: A bucket}}
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
`,
  'shop/workflows/fails.yaml': `
name: fails
description: A bucket, and a group of somebody who is not there
on_failure: keep
${PARAMETERS}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: team
    type: storage.group
    with: {group_name: Fails}
  - name: group
    type: storage.membership
    with: {group_name: "\${steps.team.outputs.group_name}", user_name: nobody}
`,
};

const PATH = '/api/workflows/golden-paths/begin/execute';
const YAML = { 'content-type': 'application/yaml' };
const score = (params: string) => `apiVersion: score.dev/v1b1
metadata: {name: harvest}
resources:
  store: {type: s3, params: ${params}}
`;

/** What a stream has sent so far. */
interface Followed {
  text: string;
  status: number;
  contentType: string | null;
  isOver: boolean;
  close(): void;
}

describe('the ways to run a workflow', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    stack = await startStack({
      env: { ...NO_LIMITS, PROVIDERS_DIR: providers },
    });
    await makePeople(stack, ['alice', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const alice = () => stack.person('alice');
  const given = (bucket: string) => ({ bucket_name: bucket, versioning: false, label: 'false' });
  const made = async (bucket: string) =>
    endOf(
      stack.admin,
      acceptedRun(
        await execute(stack.admin, 'shop/begin', given(bucket), { team: 'Lab', application: bucket }),
      ),
    );

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

  /** Reads a stream until it ends. */
  async function follow(caller: Caller, id: string, headers: Record<string, string> = {}): Promise<Followed> {
    const end = new AbortController();
    const answer = await fetch(`${stack.service.baseUrl}/api/workflows/${id}/logs`, {
      headers: { authorization: `Bearer ${caller.token}`, accept: 'text/event-stream', ...headers },
      signal: end.signal,
    });
    const followed: Followed = {
      ...{ text: '', status: answer.status, contentType: answer.headers.get('content-type'), isOver: false },
      close: () => end.abort(),
    };
    void (async () => {
      try {
        for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) followed.text += chunk;
      } catch {
        // closed here
      }
      followed.isOver = true;
    })();
    return followed;
  }
  const textsIn = (text: string): string[] =>
    [...text.matchAll(/^data: (\{"at".*)$/gm)].map(([, data]) => JSON.parse(data!).text);

  describe('the log of a run', () => {
    const STORY = [
      'admin asked for the run.',
      'Step store/bucket begins.',
      'Step store/bucket is completed.',
      'The run is completed.',
    ];

    it('tells what happened, page by page, and of one step; others see nothing', async () => {
      const { id } = await made('log-one');
      const all = (await alice().get(`/api/workflows/${id}/logs`)).body;
      expect([all.lines.map(({ text }: any) => text), all.next]).toEqual([STORY, null]);
      expect(all.lines[1]).toEqual({ at: expect.any(String), step: 'store/bucket', text: STORY[1] });
      const first = (await alice().get(`/api/workflows/${id}/logs?limit=3`)).body;
      const rest = (await alice().get(`/api/workflows/${id}/logs?limit=3&cursor=${first.next}`)).body;
      expect([first.lines.length, rest.lines, rest.next]).toEqual([3, [all.lines[3]], null]);
      const step = (await alice().get(`/api/workflows/${id}/logs?step=store/bucket`)).body;
      expect(step.lines).toEqual(all.lines.slice(1, 3));
      expect(problemOf(await stack.person('erin').get(`/api/workflows/${id}/logs`))).toEqual([
        404,
        'not_found',
      ]);
      expect(problemOf(await alice().get(`/api/workflows/${id}/logs?cursor=x`))).toEqual([
        422,
        'unprocessable',
      ]);
    });

    it('tells of an undo', async () => {
      const run = await made('log-two');
      await stack.admin.post(`/api/workflows/${run.id}/undo`);
      await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
      const { lines } = (await alice().get(`/api/workflows/${run.id}/logs`)).body;
      expect(lines.slice(4).map(({ text }: any) => text)).toEqual([
        'admin asked to take the run back.',
        'Step store/bucket is being taken back.',
        'The undo of step store/bucket is completed.',
        'The undo of the run is completed.',
      ]);
    });

    /** A run that waits for people. */
    const asked = async (bucket: string) =>
      acceptedRun(
        await execute(alice(), 'shop/asks', { bucket_name: bucket }, { team: 'Lab', application: bucket }),
      );
    const approve = async ({ id }: { id: string }) => {
      const { plan_digest } = (await stack.admin.get(`/api/workflows/${id}`)).body;
      const saying = { plan_digest, bypass_reason: 'nobody else is here' };
      expect((await stack.admin.post(`/api/workflows/${id}/approve`, saying)).status).toBe(200);
    };

    it('as a stream goes on while the run does, ends with it, and resumes after a line', async () => {
      const run = await asked('lab-three');
      const stream = await follow(alice(), run.id);
      expect([stream.status, stream.contentType]).toEqual([200, 'text/event-stream; charset=utf-8']);
      const others = await Promise.all([1, 2, 3, 4].map(() => follow(alice(), run.id)));
      const tooMany = await alice().get(`/api/workflows/${run.id}/logs`, {
        headers: { accept: 'text/event-stream' },
      });
      expect([problemOf(tooMany), tooMany.headers['ratelimit-limit']]).toEqual([[429, 'rate_limited'], '5']);
      for (const each of others) each.close();
      await waitFor('the first lines', () => textsIn(stream.text).length > 0);
      expect(stream.isOver).toBe(false);
      await approve(run);
      await waitFor('the end of the stream', () => stream.isOver);
      expect(stream.text.endsWith('event: end\ndata: {}\n\n')).toBe(true);
      const texts = textsIn(stream.text);
      expect([texts[0], ...texts.slice(-2)]).toEqual([
        'alice asked for the run.',
        'Step bucket is completed.',
        STORY[3],
      ]);
      const ids = [...stream.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);
      const resumed = await follow(alice(), run.id, { 'last-event-id': ids.at(-2)! });
      await waitFor('the end of the rest', () => resumed.isOver);
      expect(textsIn(resumed.text)).toEqual([STORY[3]]);
    });

    it('keeps the tries before a retry', async () => {
      const run = acceptedRun(
        await execute(stack.admin, 'shop/fails', given('lab-four'), { team: 'Lab', application: 'four' }),
      );
      expect((await endOf(stack.admin, run)).status).toBe('failed');
      await stack.admin.post(`/api/workflows/${run.id}/retry`);
      const texts = async (): Promise<string[]> =>
        (await alice().get(`/api/workflows/${run.id}/logs`)).body.lines.map(({ text }: any) => text);
      const failed = (text: string) => text.startsWith('The run failed: Step group failed: ');
      await waitFor('the second failure', async () => (await texts()).filter(failed).length === 2);
      const all = await texts();
      expect(all.filter((text) => text.startsWith('Step bucket'))).toHaveLength(2);
      expect(all.findIndex(failed)).toBe(all.indexOf('admin asked to go on with the run.') - 1);
    });

    it('a stop of the service ends a stream without the end of the run', async () => {
      const run = await asked('lab-five');
      const stream = await follow(alice(), run.id);
      await waitFor('the first line', () => textsIn(stream.text).length > 0);
      const stopping = stack.service.stop();
      // at once, and not when connections are cut off
      await waitFor('the end of the stream', () => stream.isOver, { timeoutMs: 6000 });
      expect(await stopping).toBe(0);
      expect(stream.text).not.toContain('event: end');
      await stack.startService();
      await approve(run);
      const resumed = await follow(alice(), run.id);
      await waitFor('the end of the run', () => resumed.isOver);
      expect(textsIn(resumed.text).at(-1)).toBe(STORY[3]);
    });
  });
});
