import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { acceptedRun, endOf, execute, writeProviders } from './runs.js';

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
description: A bucket, and what does not hold
on_failure: keep
${PARAMETERS}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket_name}"}
  - {name: never, type: assert, with: {that: inputs.label == "nothing"}}
`,
};

/** A service with the provider `shop`, and the group Lab, in which alice is and erin is not. */
export async function startShop(): Promise<Stack> {
  const providers = tempDir('providers');
  writeProviders(providers, PROVIDERS);
  const stack = await startStack({ env: { ...NO_LIMITS, PROVIDERS_DIR: providers } });
  await makePeople(stack, ['alice', 'erin']);
  await stack.admin.post('/groups/Lab', { members: ['alice'] });
  return stack;
}

/** Parameters of its workflows. */
export function given(bucket: string) {
  return { bucket_name: bucket, versioning: false, label: 'false' };
}

/** A run of its golden path that has ended. */
export async function made(stack: Stack, bucket: string): Promise<any> {
  const more = { team: 'Lab', application: bucket };
  return endOf(stack.admin, acceptedRun(await execute(stack.admin, 'shop/begin', given(bucket), more)));
}
