import type { JsonObject, JsonSchema } from '../../model.js';
import { flag, object, target, text, vaultPath } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, fieldOf, touched } from '../touched.js';

/** The most files of one step, the most bytes of one of them, and of all together. */
export const MAX_FILES = 100;
export const MAX_FILE_BYTES = 65_536;
export const MAX_TREE_BYTES = 262_144;

const SEGMENT = /^[A-Za-z0-9._@+-]{1,100}$/;
const outText = (description: string): JsonSchema => ({ type: 'string', description });

const webhook = object(
  {
    url: text('Where the forge sends events', {
      pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
      maxLength: 500,
    }),
    events: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z_]{1,40}$' },
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      default: ['push'],
      description: 'Which events, as the forge calls them',
    },
    secret_ref: {
      ...object(
        {
          target: target('vault'),
          path: vaultPath('The path of the secret, without the mount'),
          key: text('Its key', { maxLength: 100 }),
        },
        ['path', 'key'],
      ),
      description: 'Where in the vault the secret is with which the forge signs what it sends',
    },
  },
  ['url'],
);

/** A repository with its first files. */
export const GIT_SCAFFOLD: StepType = {
  name: 'git.scaffold',
  kind: 'git.scaffold',
  target: 'git',
  description: 'Creates a repository in a forge, with files of the provider as its first commit.',
  input: object(
    {
      target: target('git'),
      repository: text('The repository; the target names its owner', {
        pattern: '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$',
        maxLength: 100,
      }),
      description: text('What the forge shows of it', { maxLength: 500 }),
      private: flag('Only those see it whom the forge lets in', true),
      default_branch: text('The branch of the commit', {
        pattern: '^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$',
        maxLength: 100,
        default: 'main',
      }),
      template: text(
        'A folder of the provider, instead of `files`: its files are committed with references filled in; `dot-NAME` there is `.NAME` in the repository',
        { maxLength: 500 },
      ),
      files: {
        type: 'object',
        additionalProperties: { type: 'string', maxLength: MAX_FILE_BYTES },
        minProperties: 1,
        maxProperties: MAX_FILES,
        description: 'The files, by their paths',
      },
      webhook: { ...webhook, description: 'What the forge calls when something happens in the repository' },
      undo: {
        enum: ['delete', 'archive'],
        default: 'delete',
        description: 'What an undo does with a repository in which only this step has done something',
      },
    },
    ['repository'],
  ),
  outputs: {
    repository: outText('Owner and name'),
    clone_url: outText('Where it is cloned from, by HTTP'),
    html_url: outText('Where people see it'),
    default_branch: outText('The branch'),
    commit: outText('The id of the commit'),
  },
  example: {
    repository: 'field-shop',
    description: 'The shop of the field team',
    files: { 'README.md': '# Shop\n', '.gitignore': 'node_modules/\n' },
  },
  plan: 'Shows the repository, and which files are new, or would change, with the id that Git gives to each.',
  apply:
    'Creates the repository and commits all files at once. One that is there already, and that this step did not make, is never taken over: the step is refused.',
  undo: 'Deletes or archives the repository, if nobody else has committed to it, and it has no other branches, tags, issues, pull requests or forks.',
  touches: ({ repository, webhook: hook }) => [
    ...touched('repository', asText(repository)),
    ...touched('host', hostOf(asText(fieldOf(hook, 'url')))),
    ...touched('vault_path', asText(fieldOf(fieldOf(hook, 'secret_ref'), 'path'))),
  ],
};

/** Steps that act on a forge. */
export const GIT_STEPS: readonly StepType[] = [GIT_SCAFFOLD];

function hostOf(url: string): string {
  return url === '' ? '' : (URL.parse(url)?.hostname ?? url);
}

/** Why these files cannot be in one tree of Git, and which file it is about. Undefined: they can. */
export function filesProblem(files: JsonObject): { path: string; rule: string } | undefined {
  const paths = Object.keys(files);
  const lower = new Map<string, string>();
  let bytes = 0;
  for (const path of paths) {
    const rule = pathProblem(path);
    if (rule !== undefined) return { path, rule };
    const same = lower.get(path.toLowerCase());
    if (same !== undefined) return { path, rule: `differs from ${same} only in the case of letters` };
    lower.set(path.toLowerCase(), path);
    const size = Buffer.byteLength(asText(files[path]));
    if (size > MAX_FILE_BYTES) return { path, rule: `must have at most ${MAX_FILE_BYTES} bytes` };
    bytes += size;
  }
  for (const path of paths) {
    const folder = foldersOf(path).find((each) => lower.has(each.toLowerCase()));
    if (folder !== undefined) return { path, rule: `is in ${folder}, which is a file` };
  }
  const [path = ''] = paths;
  if (paths.length > MAX_FILES) return { path, rule: `is one of more than ${MAX_FILES} files` };
  if (bytes > MAX_TREE_BYTES)
    return { path, rule: `and the others have more than ${MAX_TREE_BYTES} bytes together` };
  return undefined;
}

/** Why a file cannot have this path in a repository; undefined: it can. */
export function pathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (path.length > 500 || segments.length > 20) return 'must have at most 500 characters and 20 folders';
  if (!segments.every((each) => SEGMENT.test(each)))
    return 'must be names of A-Z a-z 0-9 . _ @ + - with slashes between them';
  if (segments.some((each) => each.endsWith('.'))) return 'must have no segment that ends with a dot';
  if (segments.some((each) => each.toLowerCase() === '.git')) return 'must not lie in .git';
  return undefined;
}

/** The folders around a file. */
function foldersOf(path: string): string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}
