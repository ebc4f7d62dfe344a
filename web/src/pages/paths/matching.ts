import type { Schema } from '../../api/schema.ts';

/** A workflow with the provider that has it. */
export interface Offer {
  provider: Schema['ProviderDto'];
  workflow: Schema['ProviderWorkflowDto'];
}

/** Those that have every word of a text in their names or descriptions, whatever its case. */
export function matching(all: readonly Offer[], text: string): Offer[] {
  const wanted = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return all.filter(({ provider, workflow }) => {
    const told = [provider.name, workflow.name, provider.description, workflow.description]
      .join('\n')
      .toLowerCase();
    return wanted.every((word) => told.includes(word));
  });
}
