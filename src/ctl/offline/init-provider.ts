import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usage } from '../exit-codes.js';
import type { Shown } from '../output/output.js';

const TEMPLATE = join(import.meta.dirname, '..', '..', '..', 'templates', 'provider');
/** The name in the template. */
const NAME_THERE = /your-team/g;
/** As the document of a provider has it. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names in the template that a run may touch only if they begin with the name of the team. */
const BOUND = /^(\s*bucket_name: )(?=\S+-data$)/gm;

/** Writes the folder of a new provider, which validates, tests and runs as it is. Never over files that are there. */
export function initProvider(name: string, folder = name, { team }: { team?: string } = {}): Shown {
  if (!NAME.test(name)) throw usage('The name of a provider has at most 63 small letters, digits and `-`');
  if (!isEmpty(folder)) throw usage(`${folder} is there already, and has files`);
  const files = readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(TEMPLATE.length + 1))
    .sort();
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const text = readFileSync(join(TEMPLATE, file), 'utf8').replaceAll(NAME_THERE, name);
    const prefix = team === undefined ? '' : `${team.toLowerCase()}-`;
    writeFileSync(join(folder, file), text.replaceAll(BOUND, `$1${prefix}`));
  }
  const next = [
    `minio-managerctl validate-provider ${folder} --strict`,
    `minio-managerctl test-workflow ${join(folder, 'workflows', 'new-project.yaml')} --inputs ${join(folder, 'inputs.yaml')} --dry-run`,
  ];
  const written = files.map((file) => `  ${join(folder, file)}`).join('\n');
  return {
    value: { folder, files },
    text: `Written:\n${written}\n\nNext:\n${next.map((line) => `  ${line}`).join('\n')}`,
  };
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw usage(`${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}
