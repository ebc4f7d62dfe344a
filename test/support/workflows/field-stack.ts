import { makePeople, NO_LIMITS } from '../access/sharing.js';
import type { Answer } from '../service/service.js';
import { type Caller, type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { acceptedRun, endOf, execute, providerFiles, writeProviders } from './runs.js';

const PROVIDERS = providerFiles('field', {
  prepare: `
on_failure: rollback
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: group_name, type: string, required: true}
  - {name: helper, type: string, default: bob}
  - {name: with_helper, type: boolean, default: true}
steps:
  - name: create-bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - name: create-group
    type: storage.group
    with: {group_name: "\${inputs.group_name}", description: "For \${steps.create-bucket.outputs.bucket}", members: [alice]}
  - name: add-helper
    type: storage.membership
    if: inputs.with_helper
    with: {group_name: "\${steps.create-group.outputs.group_name}", user_name: "\${inputs.helper}", role: reader}
outputs:
  bucket: \${steps.create-bucket.outputs.bucket}
`,
  keep: `
on_failure: keep
parameters:
  - {name: bucket_name, type: string, required: true}
  - {name: group_name, type: string, required: true}
  - {name: helper, type: string, required: true}
steps:
  - name: all
    type: workflow
    with:
      workflow: prepare
      parameters: {bucket_name: "\${inputs.bucket_name}", group_name: "\${inputs.group_name}", helper: "\${inputs.helper}"}
outputs:
  bucket: \${steps.all.outputs.bucket}
`,
});

/** A provider whose runs make a bucket and a group; alice and bob, who owns the team Lab, and erin of another one. */
export class FieldStack {
  private constructor(readonly stack: Stack) {}

  static async start(): Promise<FieldStack> {
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    const stack = await startStack({
      proxied: true,
      env: { ...NO_LIMITS, PROVIDERS_DIR: providers, PROVISION_MAX_ATTEMPTS: '2' },
    });
    await makePeople(stack, ['alice', 'bob', 'erin']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await stack.admin.post('/groups/Office', { members: ['erin'] });
    return new FieldStack(stack);
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }

  get alice(): Caller {
    return this.stack.person('alice');
  }

  /** What an administrator is answered who asks for a run for Lab. */
  asked(name: string, parameters: object, more: object = {}): Promise<Answer> {
    return execute(this.stack.admin, name, parameters, { team: 'Lab', ...more });
  }

  /** The run, as it has ended. */
  async carriedOut(name: string, parameters: object): Promise<any> {
    return endOf(this.alice, acceptedRun(await this.asked(name, parameters)));
  }
}
