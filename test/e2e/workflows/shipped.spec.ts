import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { makePeople, NO_LIMITS, sessionOf } from '../../support/sharing.js';
import { outcome } from '../../support/s3.js';
import { type Stack, START_MS, startStack } from '../../support/stack.js';
import { acceptedRun, endOf, execute, runWhen, statesOf } from '../../support/workflows.js';

describe('the providers that come with the service', () => {
  let stack: Stack;

  beforeAll(async () => {
    const env = { PROVIDERS_DIR: join(ROOT, 'providers'), GRANTABLE_BUCKETS: 'cdm-lake,team-*' };
    stack = await startStack({ env: { ...NO_LIMITS, ...env } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Platform', { members: ['bob'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const carriedOut = async (name: string, parameters: object) =>
    endOf(stack.admin, acceptedRun(await execute(stack.admin, name, parameters, { team: 'Platform' })));

  it('onboard-data-team gives a team a bucket in which its members write, and takes both back', async () => {
    const parameters = { team: 'Fields', bucket_name: 'team-fields', members: ['alice'] };
    const run = await carriedOut('storage-team/onboard-data-team', parameters);
    expect([run.error, statesOf(run)]).toEqual([null, { bucket: 'completed', group: 'completed' }]);
    expect(run.outputs).toEqual({ bucket: 'team-fields', group: 'Fields' });
    const alice = await sessionOf(stack, 'alice');
    const bob = await sessionOf(stack, 'bob');
    expect(await outcome(() => bob.put('team-fields', 'data/x'))).toBe('AccessDenied');
    expect(await outcome(() => alice.put('team-fields', 'data/x'))).toBe('ok');
    await alice.delete('team-fields', 'data/x');

    await stack.admin.post(`/api/workflows/${run.id}/undo`);
    const undone = await runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    expect(statesOf(undone)).toEqual({ bucket: 'undone', group: 'undone' });
    expect((await stack.admin.get('/groups/Fields')).status).toBe(404);
    expect(await outcome(() => alice.put('team-fields', 'data/y'))).not.toBe('ok');
  });

  it('create-bucket makes a bucket with versions; false stays false', async () => {
    const versions = async (name: string, parameters: object) => {
      const run = await carriedOut('storage-team/create-bucket', { bucket_name: name, ...parameters });
      return [run.status, run.parameters.versioning, run.steps[0].operations.length];
    };
    expect(await versions('team-kept', {})).toEqual(['completed', true, expect.any(Number)]);
    expect(await versions('team-plain', { versioning: false })).toEqual(['completed', false, 1]);
  });
});
