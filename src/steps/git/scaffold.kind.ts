import { Injectable } from '@nestjs/common';
import { MissingThings } from '../../common/problems/missing-things.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { Secret } from '../../common/secret.js';
import { filesProblem, GIT_SCAFFOLD } from '../../documents/step-types/types/git.js';
import {
  type AskContext,
  Kind,
  newlyMade,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';
import { leftSecret } from '../deliver/deliver.js';
import { entitlementOf } from './made-repository.js';
import { RepositoryWork } from './repository-work.js';
import { changesOf, creationOf, refuseTaken, type ScaffoldInput } from './scaffold.js';
import { takeBackRepository } from './taken-back.js';

type Team = Pick<AskContext, 'team'>;

/** Makes repositories with their first files. */
@Kind(GIT_SCAFFOLD.kind, GIT_SCAFFOLD.input, { requestable: false })
@Injectable()
export class GitScaffoldKind implements ProvisionKind<ScaffoldInput> {
  constructor(private readonly targets: Targets) {}

  subjectOf({ repository }: ScaffoldInput): string {
    return `git_repository:${repository}`;
  }

  validate(input: ScaffoldInput, { team }: AskContext): Promise<void> {
    this.targets.git(input.target, team);
    const { template, files, webhook } = input;
    if (!files)
      throw brokenRule(
        'files',
        template === undefined ? 'must be set' : `the provider has no files in ${template}`,
      );
    const problem = filesProblem(files);
    if (problem) throw brokenRule('files', `${problem.path} ${problem.rule}`);
    if (/\.(git|wiki|rss|atom)$/.test(input.repository))
      throw brokenRule('repository', 'must not end with .git, .wiki, .rss or .atom');
    if (webhook?.secret_ref) this.targets.vault(webhook.secret_ref.target, team);
    return Promise.resolve();
  }

  async plan(input: ScaffoldInput, context: AskContext): Promise<ShownChange[]> {
    const forge = this.targets.git(input.target, context.team);
    await this.requireSecret(input, context);
    const found = await forge.repository(input.repository);
    if (found === undefined) return creationOf(forge, input);
    const made = context.made && entitlementOf(context.made);
    if (found === 'moved' || made?.repository_id !== found.id) throw refuseTaken(forge, input, found);
    return changesOf(forge, input, found);
  }

  async apply(input: ScaffoldInput, context: RunContext): Promise<ProvisionResult> {
    const forge = this.targets.git(input.target, context.team);
    const work = new RepositoryWork(forge, input, context);
    try {
      return await work.make(await this.secretOf(input, context));
    } catch (error) {
      // what ran out of time is taken back by the run
      const isRefused = error instanceof Problem && error.status < 500 && error.code !== 'step_timed_out';
      if (isRefused) await work.giveUp();
      throw error;
    }
  }

  async undo(input: ScaffoldInput, made: ProvisionResult, context: RunContext): Promise<ProvisionResult> {
    const forge = this.targets.git(input.target, context.team);
    const operations = [];
    for (const each of newlyMade(made))
      operations.push(await takeBackRepository(forge, each, input.undo, context));
    return { operations };
  }

  /** Throws `MissingThings` if the secret of the webhook is not in the vault. */
  private async requireSecret({ webhook }: ScaffoldInput, context: AskContext): Promise<void> {
    if (!webhook?.secret_ref) return;
    const { target, path, key } = webhook.secret_ref;
    const vault = this.targets.vault(target, context.team);
    const { live } = await vault.kv.stateOf(path);
    const problem = new MissingThings(noSecret(vault.name, path, key), [leftSecret(vault, path)]);
    if (!live && !context.expected?.solves(problem)) throw problem;
  }

  /** Read at this moment, and kept nowhere. */
  private async secretOf({ webhook }: ScaffoldInput, { team }: Team): Promise<Secret | undefined> {
    if (!webhook?.secret_ref) return undefined;
    const { target, path, key } = webhook.secret_ref;
    const vault = this.targets.vault(target, team);
    const secret = (await vault.kv.valuesOf(path, [key]))?.values.get(key);
    if (!secret) throw noSecret(vault.name, path, key);
    return secret;
  }
}

function noSecret(vault: string, path: string, key: string): Problem {
  return new Problem('not_possible', `The vault ${vault} has no secret at ${path} with the key ${key}`);
}
