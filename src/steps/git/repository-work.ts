import { Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import type { Operation, ProvisionResult, RunContext } from '../../provisioning/kinds/kind.js';
import type { Repository } from '../../targets/git/answers.js';
import type { Forge } from '../../targets/git/forge.js';
import {
  entitlementOf,
  isCommitOf,
  markOf,
  operationOf,
  type RepositoryEntitlement,
  trailerOf,
} from './made-repository.js';
import { hasHook, refuseTaken, type ScaffoldInput } from './scaffold.js';
import { takeBackRepository } from './taken-back.js';
import { differenceOf, shownDifference } from './trees.js';

/** Makes one repository. Each thing is looked for before it is made, so that an attempt after a crash goes on where the one before ended. */
export class RepositoryWork {
  private made: RepositoryEntitlement | undefined;

  constructor(
    private readonly forge: Forge,
    private readonly input: ScaffoldInput,
    private readonly context: RunContext,
  ) {}

  /** Throws `not_possible` if there is one that this step did not make. */
  async make(secret: Secret | undefined): Promise<ProvisionResult> {
    const { forge, input } = this;
    const name = input.repository;
    const found = (await this.own()) ?? (await this.create());
    await this.note({ repository_id: found.id });
    if (input.private && !found.private)
      throw new Problem('target_refused', `The forge ${forge.name} made ${found.full_name} public`);
    await this.context.guard();
    const commit = await this.commit();
    await this.note({ commit });
    await this.context.guard();
    if (input.webhook && !hasHook(input, await forge.hooks(name)))
      await forge.addHook(name, { ...input.webhook, secret });
    const { description = '' } = input;
    if (found.description !== description) await forge.change(name, { description });
    const { full_name: repository, clone_url, html_url } = found;
    const outputs = { repository, clone_url, html_url, default_branch: input.default_branch, commit };
    return { operations: [this.operation()], outputs };
  }

  /** Takes back what was made before the step was refused. */
  async giveUp(): Promise<void> {
    if (!this.made) return;
    const removed = await takeBackRepository(this.forge, this.operation(), 'delete', this.context);
    await this.context.save({ operations: [removed] });
  }

  /** The repository, if an attempt before has made it. */
  private async own(): Promise<Repository | undefined> {
    const { forge, input, context } = this;
    const found = await forge.repository(input.repository);
    if (found === undefined) return undefined;
    const saved = context.saved ? entitlementOf(context.saved) : undefined;
    if (found !== 'moved' && (saved?.repository_id === found.id || (await this.isMarked(found)))) {
      this.made = { ...this.begun(), ...saved };
      return found;
    }
    throw refuseTaken(forge, input, found);
  }

  private async isMarked({ description }: Repository): Promise<boolean> {
    if (description === markOf(this.context.provisionId)) return true;
    return (await this.commitOf()) !== undefined;
  }

  private async create(): Promise<Repository> {
    const { forge, input, context } = this;
    const { repository: name, private: isPrivate, default_branch } = input;
    await context.guard();
    await context.save({ operations: [operationOf(this.begun())] });
    const settings = { description: markOf(context.provisionId), private: isPrivate, default_branch };
    const made = (await forge.create(name, settings)) ?? (await this.own());
    if (made) return made;
    // the forge shows it to others only
    throw new Problem('not_possible', `The name ${forge.owner}/${name} is taken in the forge ${forge.name}`);
  }

  /** The one commit with all files. */
  private async commit(): Promise<string> {
    const { forge, input } = this;
    const { repository: name, files = {} } = input;
    const commit = (await this.commitOf()) ?? (await this.newCommit(files));
    const differs = shownDifference(differenceOf(files, await forge.tree(name, commit)));
    if (differs)
      throw new Problem('target_refused', `The commit ${commit} of ${forge.owner}/${name} has other files`);
    return commit;
  }

  private async newCommit(files: Record<string, string>): Promise<string> {
    const { forge, input, context } = this;
    const { repository: name, default_branch: branch } = input;
    const isEmpty = (await forge.refs(name)).length === 0;
    const message = `Initial commit\n\n${trailerOf(context.provisionId)}\n`;
    if (isEmpty) await forge.commit(name, { branch, message, files });
    const commit = await this.commitOf();
    if (commit !== undefined) return commit;
    throw new Problem(
      'not_possible',
      `Somebody has committed to ${forge.owner}/${name} before this step could`,
    );
  }

  /** The id of the commit that this step has made; one that came after somebody else's is none. */
  private async commitOf(): Promise<string | undefined> {
    const { repository: name, default_branch: branch } = this.input;
    const commits = await this.forge.commits(name, branch);
    return commits.find(({ message, isFirst }) => isFirst && isCommitOf(message, this.context.provisionId))
      ?.sha;
  }

  private async note(more: Partial<RepositoryEntitlement>): Promise<void> {
    this.made = { ...(this.made ?? this.begun()), ...more };
    await this.context.save({ operations: [this.operation()] });
  }

  private begun(): RepositoryEntitlement {
    const { forge, input, context } = this;
    const { repository: name, default_branch: branch } = input;
    const id = `${forge.owner}/${name}`;
    return { type: 'repository', target: forge.name, id, name, branch, made_by: context.provisionId };
  }

  private operation(): Operation {
    return operationOf(this.made ?? this.begun());
  }
}
