import { waitFor } from '../../../scripts/child.mjs';
import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { ended } from './provisions.js';
import { writeProviders } from './runs.js';

/** A workflow that an event starts: what is in its file. */
export const startedWorkflow = (name: string, head: string, steps: string): string => `
name: ${name}
description: Started by an event
${head}
steps:
${steps}
`;

/** A service with a provider whose workflows events start, and the people alice and bob. */
export async function startEvents(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<Stack> {
  const providers = tempDir('providers');
  writeProviders(providers, files);
  const stack = await startStack({ embedded: true, env: { ...NO_LIMITS, PROVIDERS_DIR: providers, ...env } });
  await makePeople(stack, ['alice', 'bob']);
  return stack;
}

/** The events that a service has recorded, and what they started. */
export class Events {
  constructor(private readonly stack: () => Stack) {}

  async about(what: string): Promise<any[]> {
    const { body } = await this.stack().admin.get('/provisions?kind=workflow.event&limit=200');
    return body.items.filter(({ input }: any) => JSON.stringify(input.facts).includes(`"${what}"`));
  }

  /** The only event about something, once it has ended. */
  async one(what: string, name?: string): Promise<any> {
    let found: any[] = [];
    await waitFor(`event about ${what}`, async () => {
      found = (await this.about(what)).filter(({ input }) => name === undefined || input.event === name);
      return found.length > 0;
    });
    expect(found).toHaveLength(1);
    return ended(this.stack().admin, found[0]);
  }

  async planOf({ id }: { id: string }): Promise<any> {
    return (await this.stack().admin.get(`/plans/${id}`)).body;
  }

  runsOf(plan: any): Promise<any[]> {
    return Promise.all(
      plan.items.map(
        async ({ provision_id }: any) =>
          (await this.stack().admin.get(`/api/workflows/${provision_id}`)).body,
      ),
    );
  }

  /** The first run for a team, as soon as there is one. */
  async firstRunOf(group: string): Promise<any> {
    let found: any;
    await waitFor(`a run for ${group}`, async () => {
      const { body } = await this.stack().admin.get('/api/workflows?limit=200');
      found = body.items.find(({ team }: any) => team === group);
      return found !== undefined;
    });
    return found;
  }
}
