import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { type Caller, type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { acceptedRun, execute, runWhen, writeProviders } from './runs.js';

const PROVIDERS = {
  'field/provider.yaml': `
name: field
description: Buckets for field work
version: 1.0.0
owner: field@example.org
workflows_dir: workflows
resource_types:
  - type: field-bucket
    operations: {create: {workflow: make}}
  - type: field-label
    operations: {create: {workflow: tag}, delete: {workflow: untag}}
`,
  'field/workflows/untag.yaml': `
name: untag
description: Ends what tag made
operation: delete
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: tag
    type: storage.tags
    with: {bucket: "\${inputs.bucket_name}", tags: {stage: "none"}}
`,
  'field/workflows/make.yaml': `
name: make
description: A bucket, and a group with its name
on_failure: rollback
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: environment, type: string, default: test}
  - {name: group_name, type: string, default: Lab-people}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", quota_bytes: 1073741824}
  - name: group
    type: storage.group
    if: inputs.environment == "shared"
    with: {group_name: "\${inputs.group_name}", description: "For \${steps.bucket.outputs.bucket}"}
  - name: member
    type: storage.membership
    if: inputs.environment == "shared"
    with: {group_name: "\${steps.group.outputs.group_name}", user_name: dave}
`,
  'field/workflows/marked.yaml': `
name: marked
description: A bucket that says which run has made it
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: environment, type: string, default: production}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", tags: {run: "\${run.id}"}}
`,
  'field/workflows/slow.yaml': `
name: slow
description: A bucket that is tagged later
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - {name: pause, type: wait, with: {seconds: 3}}
  - name: tag
    type: storage.tags
    with: {bucket: "\${inputs.bucket_name}", tags: {stage: late}}
`,
  'field/workflows/key.yaml': `
name: key
description: A key of a user, for alice
parameters:
  - {name: user_name, type: string, required: true}
  - {name: new_user, type: boolean, default: false}
steps:
  - name: user
    type: storage.principal
    if: inputs.new_user
    with: {user_name: "\${inputs.user_name}"}
  - name: key
    type: storage.key
    with: {user_name: "\${inputs.user_name}", name: field, deliver: {claim: {to: alice}}}
`,
  'field/workflows/tag.yaml': `
name: tag
description: Tags of a bucket
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: environment, type: string, default: production}
steps:
  - name: tag
    type: storage.tags
    with: {bucket: "\${inputs.bucket_name}", tags: {stage: "\${inputs.environment}"}}
`,
  'field/workflows/drop.yaml': `
name: drop
description: Removes a bucket
operation: delete
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}", state: absent}
`,
  'field/workflows/ask.yaml': `
name: ask
description: A bucket that two people of another group have to approve
parameters:
  - {name: bucket_name, type: string, required: true}
steps:
  - name: first
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: consent
    type: approval
    with: {from: Platform, count: 2, message: "Is \${steps.first.outputs.bucket} needed?"}
  - name: tag
    type: storage.tags
    with: {bucket: "\${steps.first.outputs.bucket}", tags: {approved: "yes"}}
`,
};

/** Teams and rules for them. */
export const POLICY = `
steps: [storage.*, approval, wait]
quotas: {bytes: 1099511627776}
teams:
  Brief: {limits: {duration_seconds: 2}}
  Few: {quotas: {buckets: 3}, names: {bucket: ["few-*"]}}
rules:
  - name: production
    when: has(request.parameters.environment) && request.parameters.environment == "production"
    then: approve
    message: Production needs a second person
  - name: brief
    when: has(request.parameters.environment) && request.parameters.environment == "brief"
    then: approve
    expires_in_seconds: 1
  - name: forbidden
    when: has(request.parameters.environment) && request.parameters.environment == "forbidden"
    then: deny
    message: this environment is closed
`;

/** Tokens of two services: one may run workflows. */
export const [RUNNER, OTHER] = ['svc_runner-0123456789abcdef', 'svc_other-0123456789abcdef'] as const;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A service with a policy, the provider `field`, and four groups: Lab with a member, a reader and an owner, Few, Office and Platform. */
export class GovernedStack {
  private constructor(
    readonly stack: Stack,
    readonly policyFile: string,
  ) {}

  static async start(): Promise<GovernedStack> {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    const policyFile = join(tempDir('policy'), 'policy.yaml');
    writeFileSync(policyFile, POLICY);
    const SERVICE_TOKENS = JSON.stringify([
      { name: 'runner', sha256: sha256(RUNNER), scopes: ['workflows'] },
      { name: 'other', sha256: sha256(OTHER), scopes: ['provision'] },
    ]);
    const stack = await startStack({
      env: { ...NO_LIMITS, SERVICE_TOKENS, PROVIDERS_DIR: providers, WORKFLOW_POLICY_FILE: policyFile },
    });
    await makePeople(stack, ['alice', 'bob', 'dave', 'erin', 'pat', 'quinn']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], readers: ['dave'], owners: ['bob'] });
    await stack.admin.post('/groups/Few', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Brief', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Office', { members: ['erin'] });
    await stack.admin.post('/groups/Platform', { members: ['pat', 'quinn'], readers: ['dave'] });
    return new GovernedStack(stack, policyFile);
  }

  person(name: string): Caller {
    return name === 'admin' ? this.stack.admin : this.stack.person(name);
  }

  /** Asks for a run of a workflow of `field`, for Lab unless told otherwise. */
  asks(name: string, workflow: string, parameters: object, more: object = {}) {
    return execute(this.person(name), `field/${workflow}`, parameters, { team: 'Lab', ...more });
  }

  /** The run, as soon as it waits for people. */
  async waiting(name: string, workflow: string, parameters: object, more: object = {}) {
    const run = acceptedRun(await this.asks(name, workflow, parameters, more));
    return runWhen(this.stack.admin, run, 'a question', ({ status }) => status === 'awaiting_approval');
  }

  decide(name: string, { id }: { id: string }, verb: string, body: object) {
    return this.person(name).post(`/api/workflows/${id}/${verb}`, body);
  }

  approve(name: string, run: any, more: object = {}) {
    return this.decide(name, run, 'approve', { plan_digest: run.plan_digest, ...more });
  }

  async hasBucket(name: string): Promise<boolean> {
    return (await this.stack.rootS3.buckets()).includes(name);
  }

  /** What the audit trail has of a run, the oldest first. */
  async actionsOf(id: string): Promise<string[]> {
    const { body } = await this.stack.admin.get('/admin/audit?limit=500');
    return body.items
      .filter(({ detail }: any) => detail?.run_id === id)
      .map(({ action }: any) => action)
      .reverse();
  }
}
