import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { type GateCall, TargetGate } from '../network/target-gate.js';
import type { Answer } from '../service/service.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { acceptedRun, endOf, execute, providerFiles, runWhen, writeProviders } from '../workflows/runs.js';
import { type Kubernetes, workerKubernetes } from './server.js';

const LETTERS = ['a', 'b', 'c'];
/** A workflow for so many objects. */
const stepsFor = (objects: number, more: string, first = ''): string => {
  const names = LETTERS.slice(0, objects);
  return `
parameters:
  type: object
  properties:
    more: {type: object}
    namespace: {type: string}
    seconds: {type: integer, default: 60}
${names.map((name) => `    ${name}: {type: object}`).join('\n')}
  required: [${names.join(', ')}, namespace]
steps:
${first}
  - name: last
    type: kubernetes.apply
    with:
      {namespace: "\${inputs.namespace}", manifest: [${names.map((name) => `"\${inputs.${name}}"`).join(', ')}]${more}}
`;
};
const FIRST = `
  - name: first
    type: kubernetes.apply
    if: has(inputs.more)
    with: {namespace: "\${inputs.namespace}", manifest: "\${inputs.more}", state: absent}`;
const DROP = ', state: absent, seconds: "${inputs.seconds}"';
const PROVIDERS = providerFiles('things', {
  ...Object.fromEntries([1, 2, 3].map((each) => [`make-${each}`, stepsFor(each, '')])),
  ...Object.fromEntries([1, 2].map((each) => [`drop-${each}`, stepsFor(each, DROP, FIRST)])),
  'odd-1': stepsFor(1, ', seconds: 5'),
});

/** One that is no dry run: what the server says of it is done. */
export const isRemoval = ({ method, body }: GateCall): boolean =>
  method === 'DELETE' && !body.includes('dryRun');

export const configMap = (name: string, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1' } },
});

/** What a run did, in words. */
export const operationsOf = ({ steps }: any): string[] =>
  steps.flatMap(({ operations }: any) =>
    (operations ?? []).map(({ action, status, entitlement }: any) => `${action} ${status} ${entitlement.id}`),
  );

/** A service that makes and removes objects, by a gate before the API server; alice of the team Lab, bob of Office. */
export class RemovalStack {
  private count = 0;
  /** In which runs work. */
  namespace = '';

  private constructor(
    readonly stack: Stack,
    readonly kubernetes: Kubernetes,
    readonly gate: TargetGate,
  ) {}

  static async start(): Promise<RemovalStack> {
    const kubernetes = await workerKubernetes();
    const gate = await TargetGate.start(kubernetes.address, kubernetes.caFile);
    const [providers, files] = [tempDir('providers'), tempDir('files')];
    writeProviders(providers, PROVIDERS);
    const target = kubernetes.target({ url: gate.address, teams: ['Lab', 'Office'] });
    const env = {
      TARGETS_FILE: join(files, 'targets.json'),
      WORKFLOW_POLICY_FILE: join(files, 'policy.yaml'),
    };
    writeFileSync(env.TARGETS_FILE, JSON.stringify({ targets: [target] }));
    writeFileSync(env.WORKFLOW_POLICY_FILE, 'names: {namespace: ["{default}", shared-*]}');
    const stack = await startStack({ env: { ...NO_LIMITS, ...env, PROVIDERS_DIR: providers } });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
    await stack.admin.post('/groups/Office', { members: ['bob'] });
    return new RemovalStack(stack, kubernetes, gate);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.gate.stop();
  }

  /** A namespace of its own for the next test. */
  async renew(): Promise<void> {
    this.namespace = await this.kubernetes.namespace('lab');
    this.gate.calls.splice(0);
  }

  newName(): string {
    return `lab-r${process.pid}-${(this.count += 1)}`;
  }

  path(name: string): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps/${name}`;
  }

  /** The parameters of a workflow for these objects. */
  given(manifest: object[]): Record<string, unknown> {
    const objects = manifest.map((each, index) => [LETTERS[index], each]);
    return { namespace: this.namespace, ...Object.fromEntries(objects) };
  }

  asked(workflow: string, manifest: object[], more: object = {}, query = ''): Promise<Answer> {
    return execute(
      this.stack.person('alice'),
      `things/${workflow}-${manifest.length}`,
      { ...this.given(manifest), ...more },
      { team: 'Lab', query, application: this.newName() },
    );
  }

  /** The run, as it has ended. */
  async ended(workflow: string, manifest: object[], more: object = {}): Promise<any> {
    return endOf(this.stack.admin, acceptedRun(await this.asked(workflow, manifest, more)));
  }

  async completed(workflow: string, manifest: object[], more: object = {}): Promise<any> {
    const run = await this.ended(workflow, manifest, more);
    expect([run.error, run.status]).toEqual([null, 'completed']);
    return run;
  }

  /** The changes that a run would make. */
  async planned(manifest: object[], more: object = {}): Promise<any[]> {
    const { body } = await this.asked('drop', manifest, more, '?dry_run=true');
    return body.plan.flatMap(({ changes }: any) => changes ?? []);
  }

  async undone({ id }: { id: string }): Promise<any> {
    await this.stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(this.stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  }
}
