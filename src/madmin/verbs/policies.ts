import { ADMIN, type Caller, LIST_BYTES } from '../call.js';
import type {
  CallOptions,
  GroupPolicies,
  PolicyDocument,
  PolicyEntities,
  PolicyEntitiesQuery,
  PolicyInfo,
  PolicyTarget,
} from '../types.js';
import { checkNames, dateOf, sentDocument } from './wire.js';

interface MinioPolicy {
  PolicyName: string;
  Policy: PolicyDocument;
  CreateDate?: string;
  UpdateDate?: string;
}

interface RustfsPolicy {
  policy_name: string;
  policy: PolicyDocument;
  create_date?: string;
  update_date?: string;
}

interface WireEntities {
  timestamp: string;
  userMappings?: ({ user: string; memberOfMappings?: WireGroupPolicies[] | null } & WirePolicies)[] | null;
  groupMappings?: WireGroupPolicies[] | null;
  policyMappings?: { policy: string; users: string[] | null; groups: string[] | null }[] | null;
}

interface WirePolicies {
  policies?: string[] | null;
}

type WireGroupPolicies = { group: string } & WirePolicies;

/** Named policies, and who has them. A change takes effect for everybody at once. */
export class Policies {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Creates or replaces. At most 20,480 bytes as JSON (`too_large`); no comma in the name. */
  async put(name: string, document: PolicyDocument, options?: CallOptions): Promise<void> {
    const verb = 'policies.put';
    checkNames(verb, 'policy name', [name]);
    const spec = { verb, method: 'PUT', path: `${ADMIN}/add-canned-policy`, query: { name } } as const;
    await this.#caller.send({ ...spec, json: sentDocument(document) }, options);
  }

  /** The document comes back normalized and in any order: compare by meaning, not by text. */
  async info(name: string, options?: CallOptions): Promise<PolicyInfo> {
    const verb = 'policies.info';
    checkNames(verb, 'policy name', [name]);
    // Without v=2 MinIO returns the bare document.
    const spec = {
      verb,
      method: 'GET',
      path: `${ADMIN}/info-canned-policy`,
      query: { name, v: '2' },
    } as const;
    return this.#caller.json(spec, options, toPolicyInfo);
  }

  /** Succeeds also when there is no such policy. `conflict` while a user or group has it; `denied` for a built-in one. */
  async remove(name: string, options?: CallOptions): Promise<void> {
    const verb = 'policies.remove';
    checkNames(verb, 'policy name', [name]);
    const query = { name };
    await this.#caller.send(
      { verb, method: 'DELETE', path: `${ADMIN}/remove-canned-policy`, query },
      options,
    );
  }

  /**
   * Replaces the whole list of policies of a user or group at once; an empty list clears it. Idempotent, and works on
   * disabled groups. `not_found`, with nothing applied, if one of the policies, the user or the group does not exist.
   */
  async set(names: readonly string[], target: PolicyTarget, options?: CallOptions): Promise<void> {
    const verb = 'policies.set';
    checkPolicies(verb, names);
    const { user, group } = checkTarget(verb, target);
    const query = {
      policyName: names.join(','),
      userOrGroup: user ?? group,
      isGroup: String(group !== undefined),
    };
    const path = `${ADMIN}/set-user-or-group-policy`;
    await this.#caller.send({ verb, method: 'PUT', path, query }, options);
  }

  /** Adds policies. `already_applied` if all of them are attached; `conflict` for a disabled group: use `set`. */
  async attach(names: readonly string[], target: PolicyTarget, options?: CallOptions): Promise<void> {
    await this.#associate('attach', names, target, options);
  }

  /** Detaches policies. `already_applied` if none of them was attached; `conflict` for a disabled group: use `set`. */
  async detach(names: readonly string[], target: PolicyTarget, options?: CallOptions): Promise<void> {
    await this.#associate('detach', names, target, options);
  }

  /** Who has which policies. The only call that shows the policies of a disabled group. */
  async entities(filter: PolicyEntitiesQuery = {}, options?: CallOptions): Promise<PolicyEntities> {
    const verb = 'policies.entities';
    const { users = [], groups = [], policies = [] } = filter;
    checkNames(verb, 'name', [...users, ...groups, ...policies]);
    const path = `${ADMIN}/idp/builtin/policy-entities`;
    const query = { user: users, group: groups, policy: policies };
    return this.#caller.opened(
      { verb, method: 'GET', path, query, maxBytes: LIST_BYTES },
      options,
      toEntities,
    );
  }

  /**
   * All policies, built-in ones too, or those with a resource that matches the bucket itself (`bucket/*` does not).
   * MinIO reads each from disk under its IAM lock
   * (10,000 policies: S3 stood still for 0.7 s): prefer `info`.
   */
  async list(bucket?: string, options?: CallOptions): Promise<Record<string, PolicyDocument>> {
    const path = `${ADMIN}/list-canned-policies`;
    const query = { bucket };
    return this.#caller.json(
      { verb: 'policies.list', method: 'GET', path, query, slow: true, maxBytes: LIST_BYTES },
      options,
      (documents: Record<string, PolicyDocument>) => documents,
    );
  }

  async #associate(
    action: 'attach' | 'detach',
    policies: readonly string[],
    target: PolicyTarget,
    options?: CallOptions,
  ): Promise<void> {
    const verb = `policies.${action}`;
    checkPolicies(verb, policies);
    const sealed = { policies, ...checkTarget(verb, target) };
    const path = `${ADMIN}/idp/builtin/policy/${action}`;
    // The answer repeats what changed, and decrypting it would need another Argon2id run here: it is not opened.
    await this.#caller.send({ verb, method: 'POST', path, sealed, slow: true }, options);
  }
}

/** A comma would make two policies out of one name. */
function checkPolicies(verb: string, names: readonly string[]): void {
  checkNames(verb, 'policy name', names, /,/);
}

function checkTarget(verb: string, { user, group }: PolicyTarget): { user?: string; group?: string } {
  checkNames(verb, 'user or group name', [group ?? user]);
  return user === undefined ? { group } : { user };
}

function toPolicyInfo(wire: MinioPolicy | RustfsPolicy): PolicyInfo {
  if (!('policy_name' in wire))
    return policyInfo(wire.PolicyName, wire.Policy, wire.CreateDate, wire.UpdateDate);
  return policyInfo(wire.policy_name, wire.policy, wire.create_date, wire.update_date);
}

function policyInfo(name: string, document: PolicyDocument, created?: string, updated?: string): PolicyInfo {
  const createdAt = dateOf(created);
  const updatedAt = dateOf(updated);
  return { name, document, ...(createdAt && { createdAt }), ...(updatedAt && { updatedAt }) };
}

function toEntities(wire: WireEntities): PolicyEntities {
  return {
    timestamp: new Date(wire.timestamp),
    userMappings: (wire.userMappings ?? []).map(({ user, policies, memberOfMappings }) => ({
      user,
      policies: policies ?? [],
      memberOfMappings: (memberOfMappings ?? []).map(toGroupPolicies),
    })),
    groupMappings: (wire.groupMappings ?? []).map(toGroupPolicies),
    policyMappings: (wire.policyMappings ?? []).map(({ policy, users, groups }) => ({
      policy,
      users: users ?? [],
      groups: groups ?? [],
    })),
  };
}

function toGroupPolicies({ group, policies }: WireGroupPolicies): GroupPolicies {
  return { group, policies: policies ?? [] };
}
