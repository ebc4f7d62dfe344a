import { Injectable, Logger } from '@nestjs/common';
import { GrantImport } from '../access/changes/grant-import.js';
import { isExpected, Subjects } from '../access/subjects/subjects.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { ObservedUser } from '../access/plan/observe.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestContext } from '../auth/authenticated.js';
import { Problem, type ProblemCode, reasonOf } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import { Deletions } from '../deletions/deletions.js';
import { checkUserName } from '../policy/names.js';

/** The result for one user to adopt. */
export interface AdoptionResult {
  user_name: string;
  status: 'adopted' | 'unchanged' | 'refused';
  /** Why it was refused; for an adopted user, why MinIO does not hold its state yet (the worker continues). */
  code?: ProblemCode;
}

/** Takes over MinIO users that this service does not know. */
@Injectable()
export class Adoption {
  private readonly logger = new Logger('Adoption');

  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly imports: GrantImport,
    private readonly deletions: Deletions,
    private readonly config: AppConfig,
  ) {}

  /**
   * Each user gets our policy and a new secret; foreign policies stay. Attached documents of this service become grants again if their
   * owners are known. All users are registered before any is enforced, so the order of the names does not matter.
   */
  async adopt(userNames: readonly string[], context: RequestContext): Promise<AdoptionResult[]> {
    const results: AdoptionResult[] = [];
    for (const name of userNames) results.push(await this.makeKnown(name, context));
    for (const result of results) {
      if (result.status !== 'adopted') continue;
      const failure = await this.enforced({ kind: 'user', name: result.user_name }, context);
      if (failure) result.code = failure;
    }
    return results;
  }

  /** Why one user could not be enforced; this does not affect the others. Throws if MinIO is away, because then none can be enforced. */
  private async enforced(key: SubjectKey, context: RequestContext): Promise<ProblemCode | undefined> {
    try {
      await this.enforce(key, context);
      return undefined;
    } catch (error) {
      if (error instanceof Problem && error.code === 'storage_unavailable') throw error;
      const { code, detail } = reasonOf(error);
      this.logger.warn(`${key.kind} ${key.name} was adopted but is not enforced yet: ${code} (${detail})`);
      return code;
    }
  }

  private async makeKnown(name: string, context: RequestContext): Promise<AdoptionResult> {
    const problem = checkUserName(name, { rootUser: this.config.minio.accessKey });
    if (problem) return refused(name, problem.code === 'reserved_name' ? 'reserved_name' : 'unprocessable');
    const key: SubjectKey = { kind: 'user', name };
    const row = await this.subjects.find(key);
    if (row && !isExpected(row)) return { user_name: name, status: 'unchanged' };
    const { user } = await this.enforcer.observe(key);
    if (!user) return refused(name, 'not_found');
    try {
      await this.deletions.refuseWhileOpen(name);
    } catch (error) {
      if (error instanceof Problem && error.code === 'user_being_removed') return refused(name, error.code);
      throw error;
    }
    const status = user.status === 'enabled' ? 'active' : 'disabled';
    const event = { actor: context, action: 'user.adopted' };
    // a person who called before has a row already
    if (row) await this.subjects.change(row, { status, adopt: true }, ['active'], event);
    else await this.subjects.create(key, status, context, event.action, { foreignSecret: true });
    return { user_name: name, status: 'adopted' };
  }

  private async enforce(key: SubjectKey, context: RequestContext): Promise<void> {
    await this.enforcer.exclusive(key, context.arrivedAt, async (lease) => {
      const row = await this.subjects.find(key);
      if (!row) return;
      const observed: ObservedUser = await this.enforcer.observe(key);
      const full = await this.imports.run(row, observed.user?.policies ?? [], context);
      await this.enforcer.enforce(lease, full, { last: true });
    });
  }
}

function refused(user_name: string, code: ProblemCode): AdoptionResult {
  return { user_name, status: 'refused', code };
}
