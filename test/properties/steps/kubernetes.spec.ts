import { differencesOf } from '../../../src/steps/kubernetes/differences.js';
import { endOfJob, lookAt } from '../../../src/steps/kubernetes/states.js';
import { conflictsOf, isPermanent } from '../../../src/targets/kubernetes/status.js';
import { isMadeBy, type KubernetesObject } from '../../../src/targets/kubernetes/object.js';

const object = (more: object, metadata: object = {}): KubernetesObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata },
    ...more,
  }) as unknown as KubernetesObject;
const HIDDEN = 'hunter2';

describe('what an apply would change', () => {
  it('is told by the paths of the fields, without what the server keeps by itself', () => {
    const before = object(
      { data: { a: '1', b: '2' }, status: { x: 1 } },
      {
        resourceVersion: '1',
        generation: 1,
        managedFields: [],
        annotations: { 'minio-manager/provision': 'p' },
      },
    );
    const after = object(
      { data: { a: '1', b: '3', 'c.d': '4' }, status: { x: 2 } },
      { resourceVersion: '2', generation: 2, annotations: {} },
    );
    expect(differencesOf(before, after)).toEqual({
      before: { 'data.b': '2', 'data.[c.d]': null },
      after: { 'data.b': '3', 'data.[c.d]': '4' },
    });
    expect(differencesOf(before, before)).toBeUndefined();
  });

  it('has no values of Secrets, and no copy of the object that kubectl keeps', () => {
    const copy = { 'kubectl.kubernetes.io/last-applied-configuration': HIDDEN };
    const secret = (more: object, metadata: object = {}) =>
      object({ ...more, kind: 'Secret' }, { annotations: copy, ...metadata });
    const differences = differencesOf(
      secret({ data: { a: HIDDEN }, type: 'x' }),
      secret({ stringData: { a: 'other' }, type: 'x' }, { annotations: {}, labels: { a: 'b' } }),
    );
    expect(differences).toEqual({
      before: { 'metadata.labels': null },
      after: { 'metadata.labels': { a: 'b' } },
    });
  });
});

describe('who made an object', () => {
  const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
  const made = (provision: string, ...others: object[]) =>
    object(
      {},
      {
        annotations: { 'minio-manager/provision': provision },
        managedFields: [{ manager: 'minio-manager', operation: 'Apply', time: at(5) }, ...others],
      },
    );

  it.each([
    ['it did', made('p'), true],
    ['a controller came later', made('p', { manager: 'c', time: at(6) }), true],
    ['a controller wrote its status', made('p', { manager: 'c', time: at(4), subresource: 'status' }), true],
    ['another provision did', made('q'), false],
    ['somebody was there before', made('p', { manager: 'c', time: at(4) }), false],
    ['somebody came at the same moment', made('p', { manager: 'c', time: at(5) }), false],
    ['nobody knows', object({}), false],
  ])('%s', (_, found, expected) => {
    expect(isMadeBy(found, 'p')).toBe(expected);
  });
});

describe('the state of an object', () => {
  const conditions = (...given: object[]) =>
    object({ status: { conditions: given, observedGeneration: 3 } }, { generation: 3 });
  const ready = { condition: 'Ready' };

  it.each([
    [conditions({ type: 'Ready', status: 'True' }), ready, undefined],
    [conditions(), ready, 'it has no condition Ready'],
    [
      conditions({ type: 'Ready', status: 'False', reason: 'NoPods' }),
      ready,
      'its condition Ready is False (NoPods)',
    ],
    [
      conditions({ type: 'Ready', status: 'False', reason: `${HIDDEN}: x` }),
      ready,
      'its condition Ready is False',
    ],
    [
      conditions({ type: 'Ready', status: 'True', observedGeneration: 2 }),
      ready,
      'its condition Ready is not known after its last change',
    ],
    [object({ status: { phase: 'Running' } }), { field: 'status.phase', equals: 'Running' }, undefined],
    [object({ status: { n: [{ up: true }] } }), { field: 'status.n.0.up', equals: 'true' }, undefined],
    [
      object({ status: { phase: HIDDEN } }),
      { field: 'status.phase', equals: 'a' },
      'its field status.phase is not a',
    ],
    [object({}), { field: 'status.phase', equals: 'a' }, 'its field status.phase is not set'],
    [object({ status: {} }), { field: 'status', equals: 'a' }, 'its field status is no single value'],
    [object({}), { field: 'constructor.name', equals: 'Object' }, 'its field constructor.name is not set'],
  ])('%# is told without its values', (found, awaited, missing) => {
    expect(lookAt(found, awaited)).toBe(missing);
  });
});

describe('a Job', () => {
  const job = (...conditions: object[]) => object({ status: { conditions } });

  it.each([
    [job(), undefined],
    [job({ type: 'SuccessCriteriaMet', status: 'True' }), undefined],
    [job({ type: 'Complete', status: 'False' }, { type: 'Failed', status: 'False' }), undefined],
    [job({ type: 'Complete', status: 'True' }), { complete: true, reason: '' }],
    [
      job({ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }),
      { complete: false, reason: 'DeadlineExceeded' },
    ],
    [job({ type: 'Failed', status: 'True' }), { complete: false, reason: 'without a reason' }],
  ])('%# has ended only by a condition that is true', (found, end) => {
    expect(endOfJob(found)).toEqual(end);
  });
});

describe('what the API server says', () => {
  it('of a conflict is the field and who manages it', () => {
    const causes = [
      { reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using v1', field: '.data.a' },
      { reason: 'Other', message: 'x' },
    ];
    expect(conflictsOf({ details: { causes } })).toEqual([{ field: '.data.a', manager: 'kubectl' }]);
    expect(conflictsOf(undefined)).toEqual([]);
  });

  it.each([
    [400, '', true],
    [403, '', true],
    [404, '', true],
    [409, '', false],
    [422, '', true],
    [429, '', false],
    [500, '', false],
    [500, 'failed to create typed patch object: .dta: field not declared in schema', true],
    [503, '', false],
  ])('%i %s: for good %s', (code, message, expected) => {
    expect(isPermanent(code, { message })).toBe(expected);
  });
});
