import type { Snapshot } from '../../documents/expand/snapshot.js';
import type { ResourceType } from '../../documents/model.js';
import type { OfferedType } from '../../documents/score/resolve-type.js';
import type { CurrentProvider } from '../../providers/catalogue/catalogue.js';
import type { NewResource } from '../runs/runs.store.js';

/** The types of resources that the workflow of a snapshot creates, or the workflows that it calls. */
export function providedBy({ frames }: Snapshot, providers: Iterable<CurrentProvider>): ResourceType[] {
  const carriedOut = new Set(
    Object.values(frames).map(({ provider, workflow }) => `${provider}/${workflow}`),
  );
  return [...providers].flatMap(({ name, provider }) =>
    provider.resourceTypes.filter(({ operations }) => carriedOut.has(`${name}/${operations.create}`)),
  );
}

/** What a run of a team may ask for in a Score file: of its own providers, and of those of the platform. */
export function offeredTo(
  team: string,
  running: string,
  providers: Iterable<CurrentProvider>,
): OfferedType[] {
  return [...providers]
    .filter((each) => each.team === null || each.team === team)
    .flatMap(({ name, team: owner, provider }) =>
      provider.resourceTypes.flatMap((type): OfferedType[] => {
        const find = (workflow: string | undefined) =>
          provider.workflows.find((each) => each.name === workflow);
        const [create, update] = [find(type.operations.create), find(type.operations.update)];
        const distance = name === running ? 0 : owner === null ? 2 : 1;
        return create ? [{ provider: name, distance, type, create, ...(update ? { update } : {}) }] : [];
      }),
    );
}

/**
 * What a run creates: what a Score file asks for, and what is made by workflows by which a resource type of their provider is created. What
 * changes a resource creates none.
 */
export function resourcesIn(
  { frames, resources = [] }: Snapshot,
  providers: ReadonlyMap<string, CurrentProvider>,
): NewResource[] {
  return Object.entries(frames).flatMap(([frame, { provider, workflow }]): NewResource[] => {
    const asked = resources.find((each) => each.frame === frame);
    const of = { frame, provider, workflow };
    if (asked) {
      const { names, key, type, class: given, operation } = asked;
      return operation === 'create' ? [{ ...of, type, class: given, name: names[0] ?? null, key }] : [];
    }
    const types = providers.get(provider)?.provider.resourceTypes ?? [];
    const [made] = types.filter(({ operations }) => operations.create === workflow);
    return made ? [{ ...of, type: made.type, class: made.class ?? null, name: null, key: null }] : [];
  });
}
