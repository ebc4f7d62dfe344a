import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Files, Provider, Workflow } from '../../documents/model.js';
import { readProvider } from '../../documents/providers/read-provider.js';
import { readWorkflow } from '../../documents/workflows/read-workflow.js';
import { MANIFESTS, readFolder } from '../../providers/sources/folder-source.js';
import { SourceError } from '../../providers/sources/source-error.js';
import { usage } from '../exit-codes.js';
import { findingLines, readText } from './files.js';

/** How many folders up a provider's document may be. */
const MOST_LEVELS = 4;

/** A workflow in a file, and the provider around it, if there is one. */
export interface LocalWorkflow {
  workflow: Workflow;
  warnings: string[];
  provider: { provider: Provider; files: Files } | undefined;
}

/** Reads a workflow of this machine. Throws with a line for each error. */
export async function readLocal(file: string): Promise<LocalWorkflow> {
  const text = readText(file);
  const folder = folderAround(resolve(file));
  const name = folder === undefined ? file : relative(folder, resolve(file)).split(sep).join('/');
  const files = folder === undefined ? undefined : await filesIn(folder);
  const { value, errors, warnings } = readWorkflow(name, text, {}, files);
  if (!value) throw usage(`${file} is not valid`, findingLines(errors));
  const provider = files && { provider: providerOf(files, folder), files };
  // the provider's document may say more of it
  const listed = provider?.provider.workflows.find((each) => each.file === name);
  return { workflow: listed ?? value, warnings: findingLines(warnings, 'warning: '), provider };
}

async function filesIn(folder: string): Promise<Files> {
  try {
    return await readFolder(folder);
  } catch (error) {
    throw error instanceof SourceError ? usage(`${folder}: ${error.message}`) : error;
  }
}

function providerOf(files: Files, folder = ''): Provider {
  const { value, errors } = readProvider(files);
  if (!value) throw usage(`The provider in ${folder} is not valid`, findingLines(errors));
  return value;
}

function folderAround(file: string): string | undefined {
  let folder = dirname(file);
  for (let level = 0; level < MOST_LEVELS; level += 1, folder = dirname(folder))
    if (MANIFESTS.some((name) => existsSync(join(folder, name)))) return folder;
  return undefined;
}
