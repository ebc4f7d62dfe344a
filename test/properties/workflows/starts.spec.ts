import fc from 'fast-check';
import type { EventName, Workflow } from '../../../src/documents/model.js';
import { EVENTS, PHASE_ORDER } from '../../../src/documents/workflows/events.js';
import { readWorkflow } from '../../../src/documents/workflows/read-workflow.js';
import { startedRuns, type StartingProvider } from '../../../src/workflows/events/starts.js';

const NAMES = Object.keys(EVENTS) as EventName[];
const TOLD = [...new Set(NAMES.flatMap((event) => Object.keys(EVENTS[event])))];
// each document is compiled
const RUNS = { numRuns: 30 };
const OWN = { id: 'own-id', name: 'lab' };

const parameter = fc.record({
  name: fc.constantFrom(...TOLD, 'other'),
  type: fc.constantFrom('string', 'integer'),
  required: fc.boolean(),
});
const document = fc.record({
  phase: fc.constantFrom(...PHASE_ORDER),
  triggers: fc.uniqueArray(fc.constantFrom(...NAMES, 'manual' as const), { minLength: 1 }),
  parameters: fc.uniqueArray(parameter, { selector: ({ name }) => name, maxLength: 4 }),
});
const providers = fc
  .array(
    fc.record({
      teamId: fc.constantFrom(null, OWN.id, 'another-id'),
      documents: fc.array(document, { maxLength: 3 }),
    }),
    { maxLength: 4 },
  )
  .map((all): StartingProvider[] =>
    all.map(({ teamId, documents }, index) => ({
      ...{ name: `provider-${index}`, teamId },
      workflows: documents.map((each, at) => workflowOf(`workflow-${at}`, each)),
    })),
  );
const starting = fc.constantFrom(...NAMES).chain((event) =>
  fc.record({
    event: fc.constant(event),
    facts: fc.record(Object.fromEntries(Object.keys(EVENTS[event]).map((name) => [name, fc.string()]))),
    team: fc.constant(OWN),
  }),
);

function workflowOf(name: string, document: object): Workflow {
  const steps = [{ name: 'only', type: 'assert', with: { that: 'true' } }];
  const { value, errors } = readWorkflow(`${name}.yaml`, JSON.stringify({ name, ...document, steps }));
  expect(errors).toEqual([]);
  return value!;
}

const schemaOf = ({ parameters }: Workflow) => parameters as any;

describe('what an event starts', () => {
  it('is each workflow that it may start once, by phase, with what it tells', () => {
    fc.assert(
      fc.property(providers, starting, (all, event) => {
        const runs = startedRuns(all, event);
        const keys = runs.map(({ input }) => `${input.provider}/${input.workflow}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(runs.map(({ stage }) => stage)).toEqual(runs.map(({ stage }) => stage).toSorted());
        for (const { stage, input } of runs) {
          const provider = all.find(({ name }) => name === input.provider)!;
          const workflow = provider.workflows.find(({ name }) => name === input.workflow)!;
          expect(provider.teamId === null || provider.teamId === OWN.id).toBe(true);
          expect(PHASE_ORDER[stage]).toBe(workflow.phase);
          for (const [name, value] of Object.entries(input.parameters))
            expect([name in schemaOf(workflow).properties, value]).toEqual([
              true,
              (event.facts as any)[name],
            ]);
          for (const name of schemaOf(workflow).required ?? []) expect(input.parameters).toHaveProperty(name);
        }
      }),
      RUNS,
    );
  });

  it('is nothing of another team, and of the own team only what happens to its own resources', () => {
    fc.assert(
      fc.property(providers, starting, (all, event) => {
        const owners = startedRuns(all, event).map(
          ({ input }) => all.find(({ name }) => name === input.provider)!.teamId,
        );
        expect(owners).not.toContain('another-id');
        if (event.event !== 'resource.created') expect(owners.every((owner) => owner === null)).toBe(true);
      }),
      RUNS,
    );
  });

  it('is left out only where something that it needs is not told, or is no text', () => {
    fc.assert(
      fc.property(providers, starting, (all, event) => {
        const started = new Set(
          startedRuns(all, event).map(({ input }) => `${input.provider}/${input.workflow}`),
        );
        for (const { name, teamId, workflows } of all.filter((each) => each.teamId === null))
          for (const workflow of workflows) {
            const { properties, required = [] } = schemaOf(workflow);
            const told = Object.keys(EVENTS[event.event]);
            const fits =
              required.every((each: string) => told.includes(each)) &&
              told.every((each) => (properties[each]?.type ?? 'string') === 'string');
            const expected = teamId === null && workflow.triggers.includes(event.event) && fits;
            expect([name, workflow.name, started.has(`${name}/${workflow.name}`)]).toEqual([
              name,
              workflow.name,
              expected,
            ]);
          }
      }),
      RUNS,
    );
  });
});
