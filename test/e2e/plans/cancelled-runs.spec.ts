import { Gate } from '../../support/network/gate.js';
import { endOfPlan, itemsOf, order, planWhen } from '../../support/workflows/order-plans.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { reaches } from '../../support/workflows/provisions.js';
import { providerFiles, writeProviders } from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('field', {
  make: `
parameters: [{name: bucket, type: string, required: true}]
steps: [{name: bucket, type: storage.bucket, with: {bucket: "\${inputs.bucket}"}}]
`,
});
/** MinIO is asked whether the bucket is there when the plan is checked, when its stage begins, and then before the run is accepted. */
const BEFORE_ACCEPTANCE = { call: 3, side: 'before' } as const;
const SLOW = 60_000;

describe('a plan that is cancelled while an item is about to accept its run', () => {
  let stack: Stack;

  beforeAll(async () => {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    stack = await startStack({
      embedded: true,
      proxied: true,
      env: { ...NO_LIMITS, PROVIDERS_DIR: providers },
    });
    await makePeople(stack, ['bob']);
    await stack.admin.post('/groups/Lab', { owners: ['bob'] });
  }, START_MS);
  afterEach(() => stack.proxy.reset());
  afterAll(() => stack?.stop());

  const admin = () => stack.admin;
  const itemFor = (bucket: string) => ({
    kind: 'workflow.run',
    input: { provider: 'field', workflow: 'make', team: 'Lab', parameters: { bucket } },
  });
  const gateAt = (bucket: string, point: { call: number; side: 'before' } = BEFORE_ACCEPTANCE) =>
    new Gate(stack.proxy, ({ path }) => path === `/${bucket}` || path === `/${bucket}/`, point);
  const cancel = async ({ id }: { id: string }) =>
    expect((await admin().post(`/plans/${id}/cancel`)).status).toBe(202);
  /** The plan whose item has been claimed, and has no run yet. */
  const claimed = async (gate: Gate, plan: any) => {
    await gate.reached;
    const { items } = await planWhen(
      admin(),
      plan,
      'its item',
      (each) => each.items[0].status === 'processing',
    );
    expect((await admin().get('/api/workflows')).body.items).toEqual([]);
    return items[0].provision_id as string;
  };
  const expectNoRun = async (plan: any, bucket: string) => {
    const end = await endOfPlan(admin(), plan);
    expect([end.status, itemsOf(end)]).toEqual(['cancelled', ['cancelled']]);
    expect((await admin().get('/api/workflows')).body.items).toEqual([]);
    expect(await stack.rootS3.buckets()).not.toContain(bucket);
  };

  it('accepts none', async () => {
    const gate = gateAt('lab-raced');
    const plan = await order(admin(), [itemFor('lab-raced')]);
    await claimed(gate, plan);
    await cancel(plan);
    gate.open();
    await expectNoRun(plan, 'lab-raced');
  });

  it(
    'accepts none when it is killed after that',
    async () => {
      const gate = gateAt('lab-killed-after');
      const plan = await order(admin(), [itemFor('lab-killed-after')]);
      await claimed(gate, plan);
      await cancel(plan);
      await stack.service.kill();
      gate.drop();
      stack.proxy.reset();
      await stack.startService();
      await expectNoRun(plan, 'lab-killed-after');
    },
    SLOW,
  );

  it(
    'accepts none when it was killed before that, in the attempt that comes next',
    async () => {
      const gate = gateAt('lab-killed-before');
      const plan = await order(admin(), [itemFor('lab-killed-before')]);
      await claimed(gate, plan);
      await stack.service.kill();
      gate.drop();
      stack.proxy.reset();
      const next = gateAt('lab-killed-before', { call: 1, side: 'before' });
      await stack.startService();
      await claimed(next, plan);
      await cancel(plan);
      next.open();
      await expectNoRun(plan, 'lab-killed-before');
    },
    SLOW,
  );

  it('accepts none of a provision that is cancelled by itself', async () => {
    const gate = gateAt('lab-alone', { call: 2, side: 'before' });
    const { kind, input } = itemFor('lab-alone');
    const { body } = await admin().post('/provisions', { kind, input });
    await gate.reached;
    await reaches(admin(), body, 'processing');
    expect((await admin().post(`/provisions/${body.id}/cancel`)).body.status).toBe('cancelled');
    gate.open();
    await reaches(admin(), body, 'cancelled');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await admin().get('/api/workflows')).body.items).toEqual([]);
  });
});
