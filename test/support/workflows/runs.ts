import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import type { Answer } from '../service/service.js';
import type { Caller } from '../service/stack.js';

const ENDED = ['completed', 'failed', 'cancelled'];

/** Writes the files of providers, by path below the folder. */
export function writeProviders(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The files of a provider with these workflows, by name and without their heads, and with more in its own. */
export function providerFiles(
  name: string,
  workflows: Readonly<Record<string, string>>,
  more = '',
): Record<string, string> {
  const head = (each: string): string => `name: ${each}\ndescription: The ${each} of the tests\n`;
  return {
    [`${name}/provider.yaml`]: `${head(name)}version: 1.0.0\nowner: tests\nworkflows_dir: workflows\n${more}`,
    ...Object.fromEntries(
      Object.entries(workflows).map(([each, text]) => [
        `${name}/workflows/${each}.yaml`,
        head(each) + text.trimStart(),
      ]),
    ),
  };
}

/** Runs a workflow, `provider/workflow`. */
export function execute(
  caller: Caller,
  name: string,
  parameters: object = {},
  {
    query = '',
    headers = {},
    ...more
  }: { query?: string; headers?: Record<string, string>; [more: string]: unknown } = {},
): Promise<Answer> {
  return caller.post(`/api/workflows/${name}/execute${query}`, { parameters, ...more }, { headers });
}

/** The run that an answer tells of, where it says it is. */
export function acceptedRun({ status, headers, body }: Answer): any {
  expect([status, headers.location, body]).toEqual([202, `/api/workflows/${body.id}`, expect.anything()]);
  return body;
}

/** The run once `until` holds of it. */
export async function runWhen(
  caller: Caller,
  { id }: { id: string },
  what: string,
  until: (run: any) => boolean,
): Promise<any> {
  let run: any;
  await waitFor(`run ${id}: ${what}`, async () => {
    run = (await caller.get(`/api/workflows/${id}`)).body;
    return until(run);
  });
  return run;
}

/** The run once nothing more happens to it. */
export const endOf = (caller: Caller, run: { id: string }): Promise<any> =>
  runWhen(caller, run, 'its end', ({ status }) => ENDED.includes(status));

/** The state of each step, by name. */
export function statesOf({ steps }: { steps: { name: string; status: string }[] }): Record<string, string> {
  return Object.fromEntries(steps.map(({ name, status }) => [name, status]));
}
