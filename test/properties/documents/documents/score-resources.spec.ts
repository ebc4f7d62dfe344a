import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expand } from '../../../../src/documents/expand/expand.js';
import { resourceValues, scopeOf } from '../../../../src/documents/expand/scope.js';
import type { Facts } from '../../../../src/documents/expand/snapshot.js';
import type { Json, JsonObject, Workflow } from '../../../../src/documents/model.js';
import { fill } from '../../../../src/documents/references/fill.js';
import { UNKNOWN } from '../../../../src/documents/references/unknown.js';
import { type ExistingResource, planResources } from '../../../../src/documents/score/plan-resources.js';
import { type OfferedType, resolveType } from '../../../../src/documents/score/resolve-type.js';
import { readScoreParameters } from '../../../../src/documents/score/score-parameters.js';
import { readWorkflow } from '../../../../src/documents/workflows/read-workflow.js';

const workflow = (text: string): Workflow => {
  const { value, errors } = readWorkflow('w.yaml', text);
  expect(errors).toEqual([]);
  return value as Workflow;
};
const CREATE = workflow(`
name: make
parameters: {type: object, properties: {x: {}, y: {}, z: {}, o: {}, refs: {}}}
steps: [{name: ask, type: http.request, with: {path: /x}}]
outputs: {out: "\${steps.ask.outputs.body}"}
`);
const UPDATE = { ...CREATE, name: 'change' };
const ROOT = workflow('name: root\nsteps: [{name: end, type: http.request, with: {path: "/${app.name}"}}]\n');
const THING: OfferedType = {
  ...{ provider: 'p', distance: 2, create: CREATE, update: UPDATE },
  type: { type: 'thing', operations: { create: 'make', update: 'change' } },
};
const FACTS: Facts = {
  ...{ inputs: {}, outputs: {}, app: 'shop', team: 'Lab', requester: 'alice', runId: 'r' },
};

const fileOf = (resources: Record<string, object>): string =>
  JSON.stringify({ apiVersion: 'score.dev/v1b1', metadata: { name: 'shop' }, resources });
const readFile = (resources: Record<string, object>) =>
  readScoreParameters('score.yaml', fileOf(resources), [], [THING]);
function plan(resources: Record<string, object>, existing: Map<string, ExistingResource> = new Map()) {
  const text = fileOf(resources);
  const { value, errors } = readFile(resources);
  expect(errors).toEqual([]);
  const planned = planResources({ file: 'score.yaml', text, app: 'shop' }, value?.resources ?? [], existing, [
    THING,
  ]);
  expect(planned.errors).toEqual([]);
  const find = (_: string, name: string) => ({
    provider: 'p',
    workflow: name === 'change' ? UPDATE : CREATE,
  });
  return expand({ provider: 'root', workflow: ROOT }, find, planned.value);
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
/** Which resource refers to which. */
const references = fc.dictionary(name, fc.uniqueArray(name, { maxLength: 3 }), {
  maxKeys: 6,
  noNullPrototype: true,
});
const resourcesOf = (refers: Record<string, string[]>) =>
  Object.fromEntries(
    Object.entries(refers).map(([each, others]) => [
      each,
      {
        type: 'thing',
        params: {
          refs: others.filter((other) => other in refers).map((other) => `\${resources.${other}.out}`),
        },
      },
    ]),
  );

/** Whether one can walk along references from a name back to it. */
function hasCircle(refers: Record<string, string[]>): boolean {
  const reach = (from: string, seen: Set<string>): Set<string> => {
    for (const next of (refers[from] ?? []).filter((each) => each in refers))
      if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  return Object.keys(refers).some((each) => reach(each, new Set()).has(each));
}

describe('resources of a Score file', () => {
  it('come after those to which they refer, otherwise in the order of the file; a circle is refused', () => {
    fc.assert(
      fc.property(references, (refers) => {
        const { value, errors } = readFile(resourcesOf(refers));
        expect(errors.some(({ message }) => message.includes('in a circle'))).toBe(hasCircle(refers));
        expect(value === undefined).toBe(hasCircle(refers));
        const order = value?.resources.map(({ names }) => names[0] ?? '') ?? [];
        for (const [at, each] of order.entries())
          for (const other of refers[each] ?? [])
            if (other in refers) expect(order.indexOf(other)).toBeLessThan(at);
        if (value && Object.values(refers).every((others) => others.length === 0))
          expect(order).toEqual(Object.keys(refers));
      }),
    );
  });

  it('are kept exactly if the file says the same, in whatever order its fields stand', () => {
    const leaf = fc.constantFrom<Json>('a', 'b', 1, '1', true, false, null);
    const value = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('p', 'q'), leaf, { noNullPrototype: true }),
    );
    const params = fc.dictionary(fc.constantFrom('x', 'y'), value, { maxKeys: 2, noNullPrototype: true });
    const turned = (each: JsonObject) => Object.fromEntries(Object.entries(each).reverse());
    fc.assert(
      fc.property(params, params, (before, now) => {
        const present = { provider: 'p', params: before, outputs: { out: 1 } };
        const existing = new Map([['thing.default#shop.a', present]]);
        const operation = (said: JsonObject) =>
          plan({ a: { type: 'thing', params: said } }, existing).resources?.[0]?.operation;
        expect(operation(turned(before))).toBe('keep');
        expect(operation(now)).toBe(isDeepStrictEqual(before, now) ? 'keep' : 'update');
      }),
    );
  });

  it('give what they gave before until they are changed, and nothing before they are made', () => {
    const existing = new Map([
      ['thing.default#shop.old', { provider: 'p', params: {}, outputs: { out: 'before', id: 7 } }],
    ]);
    const made = plan(
      {
        old: { type: 'thing', params: { x: 1 } },
        fresh: { type: 'thing', params: { o: '${resources.old.out}' } },
      },
      existing,
    );
    const [old, fresh, end] = made.steps;
    const seen = (step: typeof old, outputs: Facts['outputs']) =>
      step && scopeOf(made, step, { ...FACTS, outputs }).resources;
    const outputs = { 'resources.old/ask': { body: 'after' } };
    // inside of a resource there are none: its provider knows nothing of the file
    expect([seen(old, {}), seen(fresh, outputs)]).toEqual([{}, {}]);
    expect(fresh && scopeOf(made, fresh, { ...FACTS, outputs }).inputs).toEqual({ o: 'after' });
    expect(seen(end, { ...outputs, 'resources.fresh/ask': { body: UNKNOWN } })).toEqual({
      old: { out: 'after', id: 7 },
      fresh: { out: UNKNOWN },
    });
    const resource = made.resources?.[1];
    expect(resource && resourceValues(made, resource, { ...FACTS, outputs })).toEqual({
      params: { o: 'after' },
      outputs: {},
    });
    expect(end && fill(end.with, scopeOf(made, end, FACTS))).toEqual({ path: '/shop' });
  });

  it('have one provider, in whatever order the providers are listed, or are refused', () => {
    const offer = fc.record({
      provider: fc.constantFrom('a', 'b', 'c', 'd'),
      distance: fc.constantFrom(0, 1, 2),
      class: fc.constantFrom(undefined, 'default', 'eu'),
    });
    fc.assert(
      fc.property(
        fc.array(offer, { maxLength: 6 }),
        fc.constantFrom('default', 'eu', 'us'),
        (offers, wanted) => {
          const all = offers.map(({ provider, distance, class: of }): OfferedType => {
            const type = { ...THING.type, ...(of === undefined ? {} : { class: of }) };
            return { ...THING, provider, distance, type };
          });
          const found = resolveType('thing', wanted, all);
          expect(resolveType('thing', wanted, [...all].reverse())).toEqual(found);
          if ('field' in found) return;
          expect([undefined, wanted]).toContain(found.type.class);
          // nobody else is as near, and names the class as exactly
          const better = all.filter(
            (each) =>
              each !== found &&
              (each.type.class === wanted ||
                (each.type.class === undefined && found.type.class === undefined)) &&
              each.distance <= found.distance,
          );
          expect(better).toEqual([]);
        },
      ),
    );
  });
});
