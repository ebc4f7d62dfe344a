import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { outcome } from '../../support/access/s3.js';
import { type GateCall, TargetGate } from '../../support/network/target-gate.js';
import {
  hasKubernetes,
  type Kubernetes,
  KUBERNETES_START_MS,
  workerKubernetes,
} from '../../support/kubernetes/server.js';
import { dumpOf, staysOf } from '../../support/kubernetes/shipped.js';
import { SecretFinder } from '../../support/service/secrets.js';
import { type Stack, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import {
  acceptedRun,
  endOf,
  execute,
  providerFiles,
  runWhen,
  writeProviders,
} from '../../support/workflows/runs.js';

const PROVIDERS = providerFiles('containers', {
  space: `
on_failure: rollback
parameters:
  - {name: name, type: string, required: true}
steps:
  - name: namespace
    type: kubernetes.apply
    with:
      manifest: {apiVersion: v1, kind: Namespace, metadata: {name: "\${inputs.name}"}}
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.name}"}
  - name: loader
    type: storage.principal
    with: {user_name: "\${inputs.name}-loader"}
  - name: group
    type: storage.group
    with:
      group_name: "\${inputs.name}-writers"
      members: ["\${steps.loader.outputs.user_name}"]
      grants: [{path: "s3a://\${inputs.name}/data/", permission: write}]
  - name: key
    type: storage.key
    with:
      user_name: \${steps.loader.outputs.user_name}
      name: loader
      deliver: {kubernetes: {namespace: "\${inputs.name}", name: bucket}}
`,
});
const SLOW = 180_000;

(hasKubernetes() ? describe : describe.skip)(
  'a service that is killed after Kubernetes has done something',
  () => {
    let stack: Stack;
    let kubernetes: Kubernetes;
    let gate: TargetGate;
    let count = 0;

    beforeAll(async () => {
      kubernetes = await workerKubernetes();
      gate = await TargetGate.start(kubernetes.address, kubernetes.caFile);
      const [providers, targets] = [tempDir('providers'), join(tempDir('targets'), 'targets.json')];
      writeProviders(providers, PROVIDERS);
      const target = kubernetes.target({ url: gate.address, teams: ['Lab'] });
      writeFileSync(targets, JSON.stringify({ targets: [target] }));
      stack = await startStack({
        env: { ...NO_LIMITS, PROVIDERS_DIR: providers, TARGETS_FILE: targets, LOG_LEVEL: 'trace' },
      });
      await makePeople(stack, ['alice']);
      await stack.admin.post('/groups/Lab', { members: ['alice'] });
    }, KUBERNETES_START_MS);
    afterAll(async () => {
      await stack?.stop();
      await gate?.stop();
    });

    const begun = async () => {
      const name = `lab-k${process.pid}-${(count += 1)}`;
      const answer = await execute(stack.person('alice'), 'containers/space', { name }, { team: 'Lab' });
      return { name, run: acceptedRun(answer) };
    };
    /** The service ends between such a call and the record of it, and comes back. */
    const killedAt = async (isOf: (call: GateCall) => boolean, ask: () => Promise<unknown>) => {
      const held = gate.hold((call) => isOf(call) && !call.url.includes('dryRun'));
      await ask();
      await held;
      await stack.service.kill();
      await stack.startService();
    };
    const secretOf = async (name: string) => {
      const found = await kubernetes.read(`/api/v1/namespaces/${name}/secrets/bucket`);
      const parts = Object.entries<string>(found?.data ?? {});
      return Object.fromEntries(
        parts.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      ) as any;
    };
    const undone = (run: { id: string }) =>
      runWhen(stack.admin, run, 'undone', ({ undone_at }) => undone_at !== null);
    const askUndo = ({ id }: { id: string }) => stack.admin.post(`/api/workflows/${id}/undo`);
    const expectGone = async (name: string, back: any) => {
      expect(staysOf(back)).toEqual([]);
      expect(await secretOf(name)).toEqual({});
      expect((await kubernetes.read(`/api/v1/namespaces/${name}`)).status.phase).toBe('Terminating');
      expect((await stack.rootS3.buckets()).includes(name)).toBe(false);
    };

    it(
      'a namespace that was just made is its own when it goes on, and goes with the undo',
      async () => {
        const made: { name?: string; run?: any } = {};
        await killedAt(
          ({ method, url }) => method === 'PATCH' && url.startsWith('/api/v1/namespaces/lab-k'),
          async () => Object.assign(made, await begun()),
        );
        const { name = '', run } = made;
        const end = await endOf(stack.admin, run);
        expect([end.error, end.status]).toEqual([null, 'completed']);
        expect(end.steps[0].operations).toEqual([
          expect.objectContaining({ action: 'create', status: 'done' }),
        ]);
        await askUndo(run);
        await expectGone(name, await undone(run));
      },
      SLOW,
    );

    it(
      'a secret that was just delivered is replaced by one that works, the first one ends, and nothing else has it',
      async () => {
        const secrets = new SecretFinder();
        const made: { name: string; run: any } = { name: '', run: undefined };
        const held = gate.hold(({ method, url }) => method === 'POST' && url.includes('/secrets?'));
        Object.assign(made, await begun());
        await held;
        const first = await secretOf(made.name);
        await stack.service.kill();
        await stack.startService();
        const end = await endOf(stack.admin, made.run);
        expect([end.error, end.status]).toEqual([null, 'completed']);
        const second = await secretOf(made.name);
        expect(second.access_key).not.toBe(first.access_key);
        expect(await outcome(() => stack.s3(second).put(made.name, 'data/x'))).toBe('ok');
        expect(await outcome(() => stack.s3(first).list(made.name, 'data/'))).toBe('InvalidAccessKeyId');
        expect(await outcome(() => stack.s3(second).delete(made.name, 'data/x'))).toBe('ok');
        secrets.add('the first secret', first.secret_key);
        secrets.add('the second secret', second.secret_key);
        await askUndo(made.run);
        const back = await undone(made.run);
        await expectGone(made.name, back);
        const logs = (await stack.admin.get(`/api/workflows/${made.run.id}/logs`)).body;
        const audit = (await stack.admin.get('/admin/audit?limit=500')).body;
        const dump = await dumpOf(stack.env);
        expect(dump).toContain(second.access_key);
        expect([
          ...secrets.findIn('the answers', JSON.stringify([end, back, logs, audit])),
          ...secrets.findIn('the database', dump),
          ...secrets.findIn('the log', stack.allLogs()),
        ]).toEqual([]);
      },
      SLOW,
    );

    it.each([
      ['a Secret', '/secrets/bucket'],
      ['a namespace', '/api/v1/namespaces/lab-k'],
    ])(
      'an undo that has just removed %s goes on to its end',
      async (_, path) => {
        const { name, run } = await begun();
        expect((await endOf(stack.admin, run)).status).toBe('completed');
        await killedAt(
          ({ method, url }) => method === 'DELETE' && url.includes(path),
          () => askUndo(run),
        );
        await expectGone(name, await undone(run).then(withoutAbsent));
      },
      SLOW,
    );
  },
);

/** What the attempt before the crash has removed is not there any more. */
function withoutAbsent({ steps }: any) {
  const isAbsent = ({ message }: any) => message === 'it was not there';
  return {
    steps: steps.map(({ operations }: any) => ({
      operations: operations.filter((each: any) => !isAbsent(each)),
    })),
  };
}
