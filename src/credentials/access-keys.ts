import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectLease } from '../access/leases/leases.js';
import { mustBeGone, orNull } from '../access/plan/observe.js';
import { isDisabledByHand } from '../access/plan/plan.js';
import { minioName, type SubjectKey } from '../access/subjects/subject-key.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isUnwritten } from '../access/subjects/subject-state.js';
import { refuseUnlessActive, userDisabled } from '../auth/people/user-status.js';
import { busy } from '../common/turns/keyed-queue.js';
import { MissingThings } from '../common/problems/missing-things.js';
import { brokenRule, Problem } from '../common/problems/problem.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import type { MadminClient } from '../madmin/client.js';
import { credentialsIssued } from '../metrics/registry.js';
import { MinioAdmin, storageUnavailable } from '../minio/minio-admin.js';
import { MAX_ACCESS_KEYS, principalOf } from '../policy/names.js';
import type { AccessKeyDto, IssuedAccessKeyDto } from './dto/access-key.dto.js';
import type { KeyNaming } from './claims/key-claim.store.js';
import { Principals } from './principals.js';
import { isoSeconds } from './sessions/sessions.js';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** How long answers of MinIO are not relied on after a call without a response. While a silent node stalls MinIO, calls fail more often than that. */
const TROUBLE_MS = 30_000;
const ALL = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

/** One writer's turn for a subject. */
interface Turn {
  key: SubjectKey;
  lease: SubjectLease;
  context: RequestContext;
}

/** Key pairs that expire by themselves, for tools that cannot send a session token. Only MinIO stores them; this service stores nothing. */
@Injectable()
export class AccessKeys {
  constructor(
    private readonly principals: Principals,
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly minio: MinioAdmin,
    private readonly config: AppConfig,
  ) {}

  /** Creates an access key and returns its secret, once. A user has at most {@link MAX_ACCESS_KEYS} live ones. */
  async issue(
    userName: string,
    name: string,
    expiresInSeconds: number,
    context: RequestContext,
    claim?: KeyNaming,
  ): Promise<IssuedAccessKeyDto> {
    await this.principals.ensureUser(userName, context);
    return this.issueFor({ kind: 'user', name: userName }, name, expiresInSeconds, context, claim);
  }

  /** Throws `unknown_user` if the user does not exist, and another problem if it may not have keys. */
  async requireHolder(userName: string): Promise<void> {
    const row = await this.subjects.find({ kind: 'user', name: userName });
    if (!row) {
      const problem = brokenRule('user_name', 'names a user that does not exist', 'unknown_user');
      throw new MissingThings(problem, [{ kind: 'user', name: userName }]);
    }
    refuseUnlessActive(row);
  }

  /** Throws what making a key of the user would throw. */
  async requireIssuable(userName: string): Promise<void> {
    await this.requireHolder(userName);
    const key: SubjectKey = { kind: 'user', name: userName };
    const row = await this.subjects.find(key);
    if (!row || isUnwritten(row)) return;
    if (isDisabledByHand(row, await this.enforcer.observe(key))) throw userDisabled();
    await this.requireRoom(key);
  }

  /** Creates an access key for an existing user or data product. `claim` has the name of the key before the key exists. */
  async issueFor(
    key: SubjectKey,
    name: string,
    expiresInSeconds: number,
    context: RequestContext,
    claim?: KeyNaming,
  ): Promise<IssuedAccessKeyDto> {
    const accessKey = random(UPPER, 20);
    const secretKey = random(ALL, 40);
    const expiration = new Date(Math.floor(Date.now() / 1000 + expiresInSeconds) * 1000);
    try {
      await this.enforcer.exclusive(key, context.arrivedAt, async (lease) => {
        const row = await this.holder(key, lease);
        await this.takeClaim(claim, accessKey, { key, lease, context });
        await this.requireRoom(key);
        await lease.guard();
        await this.minio.client.accessKeys.add({
          targetUser: row.principal,
          accessKey,
          secretKey,
          name,
          expiration,
        });
        const entry = { action: 'access_key.issued', detail: { name, expiration: isoSeconds(expiration) } };
        if (!(await this.subjects.recordIfUnchanged(row, context, entry))) throw busy();
      });
    } catch (error) {
      await this.withdraw(error, accessKey);
      throw this.minio.toProblem(error);
    }
    credentialsIssued.inc({ kind: 'access_key' });
    const { publicEndpoint: endpoint, region } = this.config.minio;
    return {
      name,
      access_key: accessKey,
      secret_key: secretKey,
      expiration: isoSeconds(expiration),
      endpoint,
      region,
    };
  }

  /** The user's live keys from MinIO, sorted by name. A user that was never created is a 404. */
  async list(userName: string): Promise<AccessKeyDto[]> {
    const row = await this.subjects.requireUser(userName);
    // a MinIO user of that name is not of this service, and neither are its keys
    if (isUnwritten(row)) return [];
    const keys = await this.live(principalOf(userName));
    return keys
      .map(({ accessKey, name, expiration }) => ({
        name: name ?? '',
        access_key: accessKey,
        expiration: expiration ? isoSeconds(expiration) : null,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Deletes one key of the user. A key that does not exist or is not the user's is left alone. */
  remove(userName: string, accessKey: string, context: RequestContext): Promise<void> {
    return this.removeFrom({ kind: 'user', name: userName }, accessKey, context);
  }

  /** Deletes one key of a data product. */
  async removeFrom(key: SubjectKey, accessKey: string, context: RequestContext): Promise<void> {
    await this.enforcer.exclusive(key, context.arrivedAt, (lease) =>
      this.removeUnder({ key, lease, context }, accessKey),
    );
  }

  private async removeUnder({ key, lease, context }: Turn, accessKey: string): Promise<void> {
    const holders = await this.holdersOf(minioName(key), accessKey);
    const found = holders[0]?.found;
    if (!found) return this.refuseInTrouble();
    if (!(await this.isOurs(key)))
      throw new Problem(
        'user_not_adopted',
        'The key belongs to a MinIO user that this service does not manage',
      );
    // recorded first: a node that is away must also receive a removal whose call had no response
    await this.enforcer.wrote(key);
    await lease.guard();
    try {
      for (const { client } of holders) await orNull(client.accessKeys.remove(accessKey));
      for (const { client } of holders) await mustBeGone(client, accessKey);
    } catch (error) {
      throw this.minio.toProblem(error);
    }
    const entry = { action: 'access_key.removed', detail: { name: found.name ?? '' } };
    await this.subjects.record(key, context, entry);
  }

  /** Removes the key of an earlier request first: at most one key of a claim lives. */
  private async takeClaim(claim: KeyNaming | undefined, accessKey: string, turn: Turn): Promise<void> {
    const abandoned = (await claim?.open()) ?? null;
    if (abandoned !== null) await this.removeUnder(turn, abandoned);
    await claim?.take(abandoned, accessKey);
  }

  /**
   * A MinIO cluster reports a key that it cannot read as nonexistent. For a while after a call without a response, that answer is not
   * trusted.
   */
  private refuseInTrouble(): void {
    if (this.minio.isCluster && this.minio.troubledWithin(TROUBLE_MS))
      throw storageUnavailable('MinIO cannot tell for certain whether this key exists');
  }

  /**
   * The user who gets a key. It must exist, be in sync, and not be disabled in MinIO by hand: a key would become usable when it is enabled.
   */
  private async holder(key: SubjectKey, lease: SubjectLease): Promise<SubjectRow> {
    const row = await this.subjects.find(key);
    if (!row) throw busy();
    refuseUnlessActive(row);
    const observed = await this.enforcer.observe(key);
    if (isDisabledByHand(row, observed)) throw userDisabled();
    if (!observed.user) await this.enforcer.enforce(lease, row, { observed, certain: false });
    else if (!(await this.enforcer.holds(row, observed)))
      await this.enforcer.enforce(lease, row, { observed });
    return row;
  }

  private async requireRoom(key: SubjectKey): Promise<void> {
    if ((await this.live(minioName(key))).length < MAX_ACCESS_KEYS) return;
    throw brokenRule('name', `at most ${MAX_ACCESS_KEYS} live access keys a user`, 'too_many_access_keys');
  }

  /** Recognizes the user even without a row, after loss of the database: then by its policy. */
  private async isOurs(key: SubjectKey): Promise<boolean> {
    const row = await this.subjects.find(key);
    if (row && !isUnwritten(row)) return true;
    return (await this.enforcer.observe(key)).document !== null;
  }

  /**
   * The nodes that answer and have the key, the node in use first. A MinIO node that fails to remove a key still forgets it until the key
   * is used, and informs no other node. So each node looks the key up in MinIO's storage.
   */
  private async holdersOf(principal: string, accessKey: string) {
    const holders = [];
    for (const { client } of this.minio.answering) {
      await this.lookUp(accessKey, client);
      const found = (await this.live(principal, client)).find((each) => each.accessKey === accessKey);
      if (found) holders.push({ client, found });
    }
    return holders;
  }

  private async lookUp(accessKey: string, client: MadminClient): Promise<void> {
    try {
      await client.sts.load(accessKey);
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  private async live(principal: string, client = this.minio.client) {
    try {
      const keys = await client.accessKeys.list(principal);
      return keys.filter(({ expiration }) => !expiration || expiration.getTime() > Date.now());
    } catch (error) {
      throw this.minio.toProblem(error);
    }
  }

  /** After a failure a key may exist that nobody received. It is removed, or expires by itself. */
  private async withdraw(error: unknown, accessKey: string): Promise<void> {
    const untouched =
      error instanceof Problem && ['too_many_access_keys', 'user_disabled'].includes(error.code);
    if (!untouched) await this.minio.client.accessKeys.remove(accessKey).catch(() => undefined);
  }
}

function random(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
