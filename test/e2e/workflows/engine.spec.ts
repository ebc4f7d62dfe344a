import { randomUUID } from 'node:crypto';
import { ADMIN_TOKEN, ask, bodyOf, Fleet } from '../../support/fleet.js';
import { hasPostgres } from '../../support/postgres.js';
import type { Service } from '../../support/service.js';
import { waitFor } from '../../../scripts/child.mjs';

const PARAMETERS = { type: 'object', properties: { group: { type: 'string' } }, additionalProperties: false };
const frame = (more: object = {}) => ({
  ...{ provider: 'field', workflow: 'prepare', parent: null, with: {}, parameters: PARAMETERS },
  ...{ outputs: { loader: '${steps.loader.outputs.user_name}' }, onError: 'fail' },
  ...more,
});
const step = (name: string, type: string, given: object, more: object = {}) => ({
  ...{ name, type, with: given, provider: 'field', frame: '', onError: 'fail' },
  ...more,
});

/** A user, a group that is told of it, and a member. */
const STEPS = (loader: string, helper: string) => [
  step('loader', 'storage.principal', { user_name: loader }),
  step('group', 'storage.group', {
    group_name: '${inputs.group}',
    description: 'For ${steps.loader.outputs.user_name} of ${team}',
  }),
  step('nobody', 'storage.principal', { user_name: 'never' }, { if: 'inputs.group == "Other"' }),
  step('helper', 'storage.membership', {
    group_name: '${steps.group.outputs.group_name}',
    user_name: helper,
  }),
];

(hasPostgres() ? describe : describe.skip)('a run of a workflow', () => {
  let fleet: Fleet;
  let service: Service;
  let person: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    ({ service } = await fleet.add({ env: { PROVISION_MAX_ATTEMPTS: '2' } }));
    person = fleet.person();
    await bodyOf(ask.pair(service, person), 201);
  });
  afterAll(() => fleet?.stop());

  /** Records a run as an accepted request does. */
  async function start(
    group: string,
    steps: { name: string; type: string }[],
    onFailure: string,
  ): Promise<string> {
    const id = randomUUID();
    const snapshot = { onFailure, steps, frames: { '': frame() } };
    const [row] = await fleet.query(
      `insert into provision (kind, subject, origin, input, max_attempts, correlation_id, requested_by, requested_by_kind)
       values ('workflow', 'workflow:${id}', 'api', '{"run_id": "${id}"}', 2, '${id}', 'admin', 'person') returning id`,
    );
    await fleet.query(
      `insert into workflow_run (id, team, team_id, provider, workflow, version, parameters, snapshot, requested_by, requested_by_kind, provision_id)
       values ('${id}', 'Lab', '${id}', 'field', '${group}', '{"digest": "x"}', '{"group": "${group}"}', '${JSON.stringify(snapshot)}', 'admin',
         'person', '${String(row!.id)}')`,
    );
    for (const [position, { name, type }] of steps.entries())
      await fleet.query(
        `insert into workflow_step (run_id, position, name, type) values ('${id}', ${position}, '${name}', '${type}')`,
      );
    return id;
  }

  const states = async (id: string) =>
    (
      await fleet.query(
        `select coalesce(step.skipped, undo.status || ' undo', made.status, step.refused) as state from workflow_step step
         left join provision made on made.id = step.provision_id left join provision undo on undo.id = step.undo_id
         where run_id = '${id}' order by position`,
      )
    ).map(({ state }) => state);

  async function ended(id: string, active = 'false'): Promise<Record<string, unknown>> {
    let row: Record<string, unknown> | undefined;
    await waitFor(
      'the end of the run',
      async () => {
        [row] = await fleet.query(
          `select run.*, made.status, made.result, made.error from workflow_run run join provision made on made.id = run.provision_id
         where run.id = '${id}' and active = ${active}`,
        );
        return row !== undefined;
      },
      { timeoutMs: 60_000 },
    );
    return row!;
  }

  it('goes from step to step, and back', async () => {
    const id = await start('Forward', STEPS('run-forward', person), 'rollback');
    const run = await ended(id);
    expect([run.status, await states(id)]).toEqual([
      'completed',
      ['completed', 'completed', 'condition', 'completed'],
    ]);
    expect(run.result).toMatchObject({ outputs: { loader: 'run-forward' } });
    const group = (await ask.group(service, 'Forward')).body;
    expect(group).toMatchObject({ description: 'For run-forward of Lab' });
    expect(group.members).toMatchObject([{ user_name: person }]);
    await fleet.query(`update workflow_run set active = true where id = '${id}'`);
    const { status } = await service.request('POST', `/provisions/${String(run.provision_id)}/undo`, {
      token: ADMIN_TOKEN,
    });
    expect(status).toBe(202);
    await ended(id);
    expect(await states(id)).toEqual(['completed undo', 'completed undo', 'condition', 'completed undo']);
    expect((await ask.group(service, 'Forward')).status).toBe(404);
  });

  it('rolls back when a step fails for good', async () => {
    const id = await start('Backward', STEPS('run-backward', 'nobody-here'), 'rollback');
    const run = await ended(id);
    expect([run.status, run.error, await states(id)]).toEqual([
      'failed',
      expect.stringContaining('Step helper failed'),
      ['completed undo', 'completed undo', 'condition', 'failed'],
    ]);
  });
});
