import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { blocksOf } from '../walks/pages.js';

/** The provider of the page, and its Score file: of the application `shop`, with a store and a gateway that writes to it. */
const [PROVIDER = '', OPEN = '', CHANGE = '', CLOSE = '', PAGE_FILE = ''] = blocksOf(
  join(ROOT, 'docs/score.md'),
).map(({ text }) => text);

/** Providers that make what applications ask for in Score files: stores, gateways for payments, and a workflow that deploys. */
export const SCORE_PROVIDERS = {
  'shop/provider.yaml': `
name: shop
description: Deploys applications
version: 1.0.0
owner: shop@example.org
workflows_dir: workflows
`,
  'shop/workflows/deploy.yaml': `
name: deploy
description: Tells the platform of an application, and what it uses
category: goldenpath
parameters:
  - {name: replicas, type: integer, default: 1}
steps:
  - name: announce
    type: http.request
    with:
      target: payments
      method: PUT
      path: /apps/\${app.name}
      body: {gateway: "\${resources.gateway.url}", store: "\${resources.store.bucket}", replicas: "\${inputs.replicas}"}
      undo: {method: DELETE, path: "/apps/\${app.name}"}
outputs:
  gateway: \${resources.gateway.url}
`,
  'shop/workflows/prepare.yaml': `
name: prepare
description: Makes what an application asks for
steps:
  - {name: ready, type: assert, with: {that: 'team != ""'}}
`,
  'shop/workflows/pause.yaml': `
name: pause
description: Makes what an application asks for, when somebody has agreed
steps:
  - {name: ask, type: approval, with: {message: Is it needed?}}
`,
  'shop/workflows/optional.yaml': `
name: optional
description: A store, where a name for it is given
parameters:
  - {name: bucket, type: string}
steps:
  - {name: ready, type: assert, with: {that: 'team != ""'}}
  - name: store
    type: workflow
    if: has(inputs.bucket)
    with: {provider: stores, workflow: make-store, parameters: {bucket: "\${inputs.bucket}"}}
`,
  'stores/provider.yaml': `
name: stores
description: Buckets
version: 1.0.0
owner: stores@example.org
workflows_dir: workflows
resource_types:
  - {type: store, operations: {create: make-store}}
  - {type: wallet, operations: {create: make-store}}
`,
  'stores/workflows/make-store.yaml': `
name: make-store
description: A bucket
parameters:
  - {name: bucket, type: string, required: true}
  - {name: versioning, type: boolean, default: false}
steps:
  - name: bucket
    type: storage.bucket
    with: {bucket: "\${inputs.bucket}", versioning: "\${inputs.versioning}"}
outputs:
  bucket: \${steps.bucket.outputs.bucket}
`,
  'payments-eu/provider.yaml': `
name: payments-eu
description: Gateways for payments in Europe
version: 1.0.0
owner: payments@example.org
workflows_dir: workflows
resource_types:
  - {type: payment-gateway, class: eu, operations: {create: open-eu}}
  - {type: wallet, operations: {create: open-eu}}
`,
  'payments-eu/workflows/open-eu.yaml': `
name: open-eu
description: Opens a gateway in Europe
parameters:
  - {name: provider, type: string, required: true}
steps:
  - name: request
    type: http.request
    with: {target: payments, path: /eu/gateways, body: {provider: "\${inputs.provider}"}}
outputs:
  url: \${steps.request.outputs.body.url}
`,
  'payments/provider.yaml': PROVIDER,
  'payments/workflows/open.yaml': OPEN,
  'payments/workflows/change.yaml': CHANGE,
  'payments/workflows/close.yaml': CLOSE,
};

/** A provider of buckets that somebody else may have made, with a workflow that removes one. */
export const SHELVES = {
  'shelves/provider.yaml': `
name: shelves
description: Buckets that somebody else may have made
version: 1.0.0
owner: shelves@example.org
workflows_dir: workflows
resource_types:
  - {type: shelf, operations: {create: put-up, delete: take-down}}
`,
  'shelves/workflows/put-up.yaml': `
name: put-up
description: A bucket
parameters: [{name: bucket, type: string, required: true}]
steps:
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.bucket}"}}
`,
  'shelves/workflows/take-down.yaml': `
name: take-down
description: Removes a bucket
operation: delete
parameters: [{name: bucket, type: string, required: true}]
steps:
  - {name: bucket, type: storage.bucket, with: {bucket: "\${inputs.bucket}", state: absent}}
`,
};

/** A Score file of an application with these resources, in YAML. */
export const scoreFile = (app: string, resources: string): string => `apiVersion: score.dev/v1b1
metadata: {name: ${app}}
containers: {web: {image: nginx}}
resources:
${resources}
`;

/** The file of the page, of another application. */
export const pageFile = (app: string, params = 'provider: stripe'): string =>
  PAGE_FILE.replace('{name: shop}', `{name: ${app}}`).replace('provider: stripe', params);
