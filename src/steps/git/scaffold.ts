import { Problem } from '../../common/problems/problem.js';
import type { ShownChange } from '../../provisioning/kinds/kind.js';
import type { Hook, Repository } from '../../targets/git/answers.js';
import type { Forge } from '../../targets/git/forge.js';
import { differenceOf, shownDifference } from './trees.js';

/** The input of the step type `git.scaffold`. */
export interface ScaffoldInput {
  target?: string;
  repository: string;
  description?: string;
  private: boolean;
  default_branch: string;
  template?: string;
  files?: Record<string, string>;
  webhook?: {
    url: string;
    events: string[];
    secret_ref?: { target?: string; path: string; key: string };
  };
  undo: 'delete' | 'archive';
}

/** What is done where there is no repository of that name. */
export function creationOf(forge: Forge, input: ScaffoldInput): ShownChange[] {
  const { repository, description = '', private: isPrivate, default_branch } = input;
  const target = shownTarget(forge, repository);
  const after = { description, private: isPrivate, default_branch };
  const files = shownDifference(differenceOf(input.files ?? {}, new Map())) ?? null;
  return [
    { change: 'create_repository', target, before: null, after },
    { change: 'commit_files', target, before: null, after: files },
    ...hookChange(target, input, []),
  ];
}

/** What differs in the repository that the step has made. */
export async function changesOf(
  forge: Forge,
  input: ScaffoldInput,
  found: Repository,
): Promise<ShownChange[]> {
  const { repository, description = '', private: isPrivate, default_branch } = input;
  const target = shownTarget(forge, repository);
  const wanted = { description, private: isPrivate, default_branch };
  const names = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (name) => wanted[name] !== found[name],
  );
  const only = (from: typeof wanted) => Object.fromEntries(names.map((name) => [name, from[name]]));
  const tree = await forge.tree(repository, default_branch);
  const files = shownDifference(differenceOf(input.files ?? {}, tree));
  return [
    ...(names.length > 0
      ? [{ change: 'change_repository', target, before: only(found), after: only(wanted) }]
      : []),
    ...(files ? [{ change: 'commit_files', target, before: null, after: files }] : []),
    ...hookChange(target, input, input.webhook ? await forge.hooks(repository) : []),
  ];
}

/** One that this step did not make is never taken over. */
export function refuseTaken(
  forge: Forge,
  { repository }: ScaffoldInput,
  found: Repository | 'moved',
): Problem {
  const name = `${forge.owner}/${repository}`;
  if (found === 'moved')
    return new Problem(
      'not_possible',
      `The repository ${name} was renamed, and its old name still leads to it`,
    );
  return new Problem(
    'not_possible',
    `The repository ${name} is there already, and this step did not make it`,
  );
}

export function shownTarget(forge: Forge, repository: string): string {
  return `git ${forge.name}: ${forge.owner}/${repository}`;
}

/** The webhook of the step, as far as the forge tells: never its secret. */
export function hasHook({ webhook }: ScaffoldInput, hooks: readonly Hook[]): boolean {
  const { url, events } = webhook ?? { url: '', events: [] };
  return hooks.some(
    (each) => each.active && each.config.url === url && events.every((event) => each.events.includes(event)),
  );
}

function hookChange(target: string, input: ScaffoldInput, hooks: readonly Hook[]): ShownChange[] {
  const { webhook } = input;
  if (!webhook || hasHook(input, hooks)) return [];
  const { url, events, secret_ref: from } = webhook;
  const signed = from ? `with what is at ${from.path}` : 'no';
  return [{ change: 'create_webhook', target, before: null, after: { url, events, signed } }];
}
