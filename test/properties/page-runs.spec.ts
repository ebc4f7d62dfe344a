import { Refusal } from '../../web/src/api/refusal.js';
import { matching } from '../../web/src/pages/paths/matching.js';
import { bodyOf, firstFor, teamsFor } from '../../web/src/pages/paths/asked.js';
import { FIRST_MS, follow, MOST_MS, nextWait, type Seen } from '../../web/src/pages/runs/following/follow.js';
import { goesWithUndo } from '../../web/src/pages/runs/steps/operations.js';
import { isInCharge } from '../../web/src/parts/runs/in-charge.js';

const refused = (status: number, code: string) => new Refusal({ code, status, detail: code });

/** A run of which each question gets the next of these answers. */
function played(answers: readonly ({ status: string; lines?: string[]; isLast?: boolean } | Error)[]) {
  const asked: (string | undefined)[] = [];
  const waits: number[] = [];
  let at = 0;
  const answer = () => {
    const each = answers[Math.min(at, answers.length - 1)];
    if (each instanceof Error) {
      at += 1;
      throw each;
    }
    return each as Exclude<typeof each, Error | undefined>;
  };
  const source = {
    log: (cursor: string | undefined) =>
      Promise.resolve().then(() => {
        asked.push(cursor);
        const { lines = [], isLast } = answer();
        const told = lines.map((text) => ({ at: '', step: null, text }));
        return { lines: told, next: isLast ? null : `c${at}` };
      }),
    run: () =>
      Promise.resolve().then(() => {
        const { status } = answer();
        at += 1;
        return { status, steps: [], approvals: [] } as never;
      }),
    wait: (ms: number) => Promise.resolve(void waits.push(ms)),
  };
  return { source, asked, waits };
}

describe('a run that is followed', () => {
  it('is asked about until it is at rest, and never afterwards', async () => {
    const { source, asked } = played([
      { status: 'processing', lines: ['one'] },
      { status: 'processing', lines: ['two'] },
      { status: 'completed', lines: ['three'], isLast: true },
    ]);
    const told: Seen[] = [];
    await follow(
      source,
      (seen) => told.push(seen),
      () => false,
    );
    expect(asked).toEqual([undefined, 'c0', 'c1']);
    expect(told.at(-1)).toMatchObject({ run: { status: 'completed' }, isAtRest: true });
    expect(told.at(-1)?.lines.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('is asked about ever more rarely while nothing happens, and soon again when something does', async () => {
    const quiet = Array.from({ length: 12 }, () => ({ status: 'awaiting_approval' }));
    const { source, waits } = played([
      ...quiet,
      { status: 'processing' },
      { status: 'completed', isLast: true },
    ]);
    await follow(
      source,
      () => undefined,
      () => false,
    );
    expect(waits[0]).toBe(FIRST_MS);
    expect(waits.slice(0, 12)).toEqual([...waits.slice(0, 12)].sort((a, b) => a - b));
    expect([waits[11], waits[12]]).toEqual([MOST_MS, FIRST_MS]);
    expect(nextWait(MOST_MS, false)).toBe(MOST_MS);
  });

  it('stays as it was known while the service does not answer', async () => {
    const { source } = played([
      { status: 'processing', lines: ['one'] },
      refused(0, 'unreachable'),
      refused(503, 'busy'),
      { status: 'completed', isLast: true },
    ]);
    const told: Seen[] = [];
    await follow(
      source,
      (seen) => told.push(seen),
      () => false,
    );
    expect(told.map(({ run, refusal, lines }) => [run?.status, refusal?.code, lines.length])).toEqual([
      ['processing', undefined, 1],
      ['processing', 'unreachable', 1],
      ['processing', 'busy', 1],
      ['completed', undefined, 1],
    ]);
  });

  it('is not asked about again once the page is left, or where it is none of the person', async () => {
    const left = played([{ status: 'processing' }]);
    const told: Seen[] = [];
    await follow(
      left.source,
      (seen) => told.push(seen),
      () => left.asked.length > 1,
    );
    expect([left.asked.length, told.length]).toEqual([2, 1]);
    const others = played([refused(404, 'not_found')]);
    await follow(
      others.source,
      () => undefined,
      () => false,
    );
    expect(others.asked.length).toBe(1);
  });
});

describe('what the page says of runs', () => {
  const member = {
    user_name: 'alice',
    admin: false,
    groups: [{ group_name: 'Lab', role: 'member' as const }],
  };

  it('an undo takes back what was newly made, the last step first', () => {
    const bucket = { entitlement: { type: 'bucket', id: 'lab' }, action: 'create', status: 'done' };
    const steps = [
      { status: 'completed' as const, operations: [bucket] },
      {
        status: 'completed' as const,
        operations: [
          { ...bucket, action: 'change' },
          { ...bucket, status: 'unchanged' },
        ],
      },
      { status: 'failed' as const, operations: [bucket] },
      {
        status: 'completed' as const,
        operations: [
          { entitlement: { type: 'group', id: 'Lab', user_name: 'bob' }, action: 'grant', status: 'done' },
        ],
      },
    ];
    expect(goesWithUndo(steps).map(({ text, what }) => [text, what])).toEqual([
      ['Gave group', 'Lab, user name bob'],
      ['Made bucket', 'lab'],
    ]);
  });

  it('who asked, owners and administrators are in charge', () => {
    const run = { team: 'Lab', requested_by: 'bob' };
    const owner = { ...member, groups: [{ group_name: 'Lab', role: 'owner' as const }] };
    const all = [undefined, member, owner, { ...member, admin: true }, { ...member, user_name: 'bob' }];
    expect(all.map((each) => isInCharge(run, each as never))).toEqual([false, false, true, true, true]);
  });

  it('a run is for a group that the person works in', () => {
    const groups = ['member', 'reader', 'owner'].map((role) => ({ group_name: `The-${role}`, role }));
    const person = { admin: false, groups: [...groups, { group_name: 'everyone', role: 'member' }] } as never;
    expect(teamsFor(person, null)).toEqual(['The-member', 'The-owner']);
    expect(teamsFor(person, 'The-owner')).toEqual(['The-owner']);
    expect(teamsFor(person, 'Others')).toEqual([]);
    expect(teamsFor({ admin: true, groups: [] }, 'Others')).toEqual(['Others']);
    expect(firstFor(['Lab'], undefined, undefined)).toEqual({ team: 'Lab', application: '', score: '' });
    expect(firstFor(['Lab', 'Few'], undefined, 'Few').team).toBe('Few');
    const earlier = { team: 'Few', application: 'shop' };
    expect(firstFor(['Lab'], earlier, 'Lab')).toEqual({ team: 'Few', application: 'shop', score: '' });
  });

  it('what is left empty is not sent', () => {
    expect(bodyOf({ a: 1 }, { team: ' Lab ', application: ' ', score: '' })).toEqual({
      parameters: { a: 1 },
      team: 'Lab',
    });
    const score = 'metadata: {name: shop}\n';
    expect(bodyOf({}, { team: 'Lab', application: 'shop', score })).toEqual({
      ...{ parameters: {}, team: 'Lab' },
      ...{ application: 'shop', score },
    });
  });

  it('workflows are found by any words of theirs', () => {
    const offer = (provider: string, workflow: string, description: string | null) =>
      ({
        provider: { name: provider, description: null },
        workflow: { name: workflow, description },
      }) as never;
    const all = [
      offer('storage-team', 'create-bucket', 'Creates a bucket'),
      offer('vault-team', 'create-secrets', null),
    ];
    const found = (text: string) => matching(all, text).map(({ workflow }) => workflow.name);
    expect([found(' '), found('BUCKET storage'), found('vault'), found('nothing')]).toEqual([
      ['create-bucket', 'create-secrets'],
      ['create-bucket'],
      ['create-secrets'],
      [],
    ]);
  });
});
