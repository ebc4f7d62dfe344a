import type { Reading, Workflow } from '../../../../src/documents/model.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';
import type { JsonObject } from '../../../../src/documents/model.js';
import { judgeStep, type Judged } from '../../../../src/governance/judge.js';
import { NO_POLICY } from '../../../../src/governance/policy.js';

/** A workflow with one step that applies manifests. */
const read = (fields: string, files: Record<string, string> = {}): Reading<Workflow> =>
  readWorkflow(
    'w.yaml',
    `name: w
description: Objects
parameters: [{name: app, type: string}, {name: more, type: string}]
steps:
  - name: apply
    type: kubernetes
${fields.replace(/^/gm, '    ')}
`,
    {},
    new Map(Object.entries(files)),
  );
const withOf = ({ value, errors }: Reading<Workflow>): JsonObject => {
  expect(errors).toEqual([]);
  return value?.steps[0]?.with ?? {};
};
const said = ({ errors }: Reading<Workflow>) =>
  errors.map(({ line, message, suggestion }) => [line, message, ...(suggestion ? [suggestion] : [])]);
const object = (kind: string, name: string, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind, metadata: { name } },
  ...more,
});

describe('manifests of a document', () => {
  it.each([
    ['one object', 'with: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}'],
    ['a list', 'with: {manifest: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}'],
    ['a text', 'config:\n  manifest: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: a}'],
  ])('%s are a list of objects', (_, fields) => {
    expect(withOf(read(fields))).toEqual({ manifest: [object('ConfigMap', 'a')] });
  });

  it('several documents of a text, and references in their leaves', () => {
    const text = `with:
  namespace: lab
  manifest: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "\${inputs.app}"}
    ---
    # nothing
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: {{ .parameters.app }}`;
    expect(withOf(read(text)).manifest).toEqual([
      object('ConfigMap', '${inputs.app}'),
      object('Service', '${inputs.app}'),
    ]);
  });

  it.each(['manifest_path: ./k/a.yaml', 'manifestPath: k/a.yaml'])('a file of the provider: %s', (field) => {
    const files = { 'k/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' };
    expect(withOf(read(`namespace: lab\nwith: {${field}}`, files))).toEqual({
      namespace: 'lab',
      manifest: [object('ConfigMap', 'a')],
    });
  });

  it.each([
    ['with: {manifest: {kind: ConfigMap, metadata: {name: a}}}', 'apiVersion'],
    ['with: {manifest: [{apiVersion: v1, kind: ConfigMap}]}', 'metadata'],
    ['with: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {generateName: a}}}', 'name'],
    ['with: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: a/b}}}', 'name'],
    ['with: {manifest: {apiVersion: ../v1, kind: ConfigMap, metadata: {name: a}}}', 'apiVersion'],
    ['with: {manifest: {apiVersion: v1, kind: a/b, metadata: {name: a}}}', 'kind'],
    ['with: {manifest: {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ..}}}', 'namespace'],
    ['with: {manifest: "a: b: c"}', 'cannot be read'],
    ['with: {manifest: text}', 'manifest.0'],
    ['with: {manifest: [], namespace: lab}', 'manifest'],
    ['with: {manifest: {}, manifest_path: a.yaml}', 'mean the same'],
    ['with: {operation: delete}', 'operation'],
  ])('%s is refused with its place', (fields, part) => {
    const [first] = said(read(fields));
    expect(first).toEqual([7, expect.stringContaining(part), ...(first?.slice(2) ?? [])]);
  });

  it('a Secret with values is refused, however it is written; an empty one is not', () => {
    const secret = (more: string) =>
      `with: {manifest: {apiVersion: v1, kind: Secret, metadata: {name: a}, ${more}}}`;
    const advice = 'A Secret has no values in a document: let the step that makes the secret deliver it';
    for (const more of ['data: {a: YQ==}', 'stringData: {a: "${inputs.app}"}', 'data: "${inputs.app}"'])
      expect(said(read(secret(more)))).toEqual([[7, advice, 'deliver']]);
    expect(said(read(secret('type: Opaque, data: {}')))).toEqual([]);
  });
});

describe('objects that a run may touch', () => {
  const judged = (anyName = false): Judged => ({
    ...{ team: 'Lab', requester: 'alice', homes: [], anyName },
    groups: new Set(['lab', 'lab-office']),
    ...{ users: new Set<string>(), buckets: new Set<string>() },
  });
  const rules = (manifest: object, namespace?: string) => {
    const input = { manifest: [manifest], ...(namespace && { namespace }) } as JsonObject;
    const step = { name: 's', type: 'kubernetes.apply', owner: null, input };
    return judgeStep(NO_POLICY, step, judged()).map(({ rule }) => rule.replace(/:.*/s, ''));
  };
  const within = (namespace: string) => ({ metadata: { name: 'x', namespace } });

  it.each([
    [object('ConfigMap', 'x'), 'lab'],
    [object('ConfigMap', 'x', within('lab-dev')), undefined],
    [object('Namespace', 'lab-dev'), 'lab'],
    [{ ...object('Deployment', 'x'), apiVersion: 'apps/v1' }, 'lab'],
  ])('are in its own namespaces: %j', (manifest, namespace) => {
    expect(rules(manifest, namespace)).toEqual([]);
  });

  it.each([
    [object('ConfigMap', 'x'), 'labour', 'the namespace labour is none that a run for Lab may touch'],
    [object('ConfigMap', 'x', within('kube-system')), 'lab', 'the namespace kube-system is none'],
    [object('ConfigMap', 'x'), 'lab-office', 'the namespace lab-office is one of another team'],
    [object('Namespace', 'default'), undefined, 'the namespace default is none'],
    [
      object('Namespace', 'default', { metadata: { name: 'default', namespace: 'lab' } }),
      'lab',
      'the namespace default is none',
    ],
    [object('Node', 'x'), 'lab', 'the kubernetes kind Node is none'],
    [
      { ...object('Role', 'x'), apiVersion: 'rbac.authorization.k8s.io/v1' },
      'lab',
      'the kubernetes kind Role.rbac',
    ],
    [
      { ...object('Deployment', 'x'), apiVersion: 'evil.io/v1' },
      'lab',
      'the kubernetes kind Deployment.evil.io',
    ],
    [object('ConfigMap', 'x'), undefined, 'the cluster object ConfigMap/x is none'],
  ])('are not %j in %s', (manifest, namespace, rule) => {
    expect(rules(manifest, namespace)).toEqual([expect.stringContaining(rule)]);
  });

  it('are not those to which a secret would be delivered elsewhere', () => {
    const deliver = { kubernetes: { namespace: 'kube-system', name: 'x' } };
    const input = { role: 'lab_x', login: true, deliver } as unknown as JsonObject;
    const step = { name: 's', type: 'postgres.role', owner: null, input };
    expect(judgeStep(NO_POLICY, step, judged())).toEqual([
      { field: 'steps.s', rule: expect.stringContaining('the namespace kube-system is none') },
    ]);
    expect(judgeStep(NO_POLICY, step, judged(true))).toEqual([]);
  });
});
