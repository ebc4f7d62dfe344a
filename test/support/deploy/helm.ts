import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../../scripts/node.mjs';
import { findHelm, isBuilt, missingForHelm } from '../../../scripts/servers/helm.mjs';
import { tempDir } from '../service/temp.js';

const run = promisify(execFile);
export const CHART = join(ROOT, 'deploy', 'helm', 'minio-manager');
/** A limit for `beforeAll`, where Helm or the API server is built before. */
export const HELM_START_MS = 45 * 60_000;

/** For `(hasHelm() ? describe : describe.skip)(...)`; says what is missing. CI does not wait for its build. */
export function hasHelm(): boolean {
  const building = process.env.CI !== undefined && !isBuilt() && !process.env.HELM_BINARY;
  const missing = missingForHelm() ?? (building ? 'it is still being built' : undefined);
  if (missing !== undefined) console.warn(`Tests with Helm are skipped: ${missing}`);
  return missing === undefined;
}

/** An object as the API server takes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: any;
}

export async function helm(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', HOME: tempDir('helm') };
  const { stdout } = await run(join(await findHelm(), 'helm'), args, { env, maxBuffer: 64 << 20 });
  return stdout;
}

/** What Helm says against these values; undefined: nothing. */
export async function refusal(values: object): Promise<string | undefined> {
  return render(values).then(
    () => undefined,
    (error: { stderr?: string }) => error.stderr,
  );
}

/** What is installed with these values, and what `helm test` runs. */
export async function render(values: object, ...more: string[]): Promise<Manifest[]> {
  const file = join(tempDir('values'), 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const text = await helm('template', 'lake', CHART, '--namespace', 'lake', '--values', file, ...more);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** The template of the pods of a Deployment of the chart, or a Pod itself. */
export const podOf = ({ kind, spec, metadata }: Manifest) =>
  kind === 'Pod' ? { metadata, spec } : kind === 'Deployment' ? spec.template : undefined;
