import { waitFor } from '../../../scripts/child.mjs';
import { problemOf } from '../../support/service/problems.js';
import { type Caller, type Stack, START_MS } from '../../support/service/stack.js';
import { acceptedRun, endOf, execute, runWhen } from '../../support/workflows/runs.js';
import { given, made, startShop } from '../../support/workflows/shop.js';

/** What a stream has sent so far. */
interface Followed {
  text: string;
  status: number;
  contentType: string | null;
  isOver: boolean;
  close(): void;
}

describe('the log of a run', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startShop();
  }, START_MS);
  afterAll(() => stack?.stop());

  const alice = () => stack.person('alice');

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

  const STORY = [
    'admin asked for the run.',
    'Step store/bucket begins.',
    'Step store/bucket is completed.',
    'The run is completed.',
  ];

  it('tells what happened, page by page, and of one step; others see nothing', async () => {
    const { id } = await made(stack, 'log-one');
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
    const run = await made(stack, 'log-two');
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
    const failed = (text: string) => text.startsWith('The run failed: Step never failed: ');
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
