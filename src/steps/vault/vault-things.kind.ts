import { Injectable } from '@nestjs/common';
import { brokenRule } from '../../common/problems/problem.js';
import { VAULT_DATABASE_ROLE, VAULT_POLICY, VAULT_SPACE } from '../../documents/step-types/types/vault.js';
import {
  type AskContext,
  Kind,
  type ProvisionKind,
  type ProvisionResult,
  type RunContext,
  type ShownChange,
} from '../../provisioning/kinds/kind.js';
import { Targets } from '../../targets/targets.js';
import {
  applyThings,
  planThings,
  policyThing,
  removeThings,
  roleThing,
  type WantedThing,
} from './vault-things.js';

/** What the steps of this file have in common: they write things as a whole, and remove those that they created. */
abstract class VaultThingsKind<I extends { target?: string }> implements ProvisionKind<I> {
  constructor(protected readonly targets: Targets) {}

  abstract subjectOf(input: I): string;

  validate({ target }: I, { team }: AskContext): Promise<void> {
    this.targets.vault(target, team);
    return Promise.resolve();
  }

  plan(input: I, { team }: AskContext): Promise<ShownChange[]> {
    const vault = this.targets.vault(input.target, team);
    return planThings(vault, this.things(input, vault.mount));
  }

  async apply(input: I, { team }: RunContext): Promise<ProvisionResult> {
    const vault = this.targets.vault(input.target, team);
    const operations = await applyThings(vault, this.things(input, vault.mount));
    return { operations, outputs: this.outputs(input, vault.mount) };
  }

  async undo(input: I, made: ProvisionResult, { team }: RunContext): Promise<ProvisionResult> {
    const vault = this.targets.vault(input.target, team);
    return { operations: await removeThings(vault, this.things(input, vault.mount), made) };
  }

  /** In the order in which they are made. */
  protected abstract things(input: I, mount: string): WantedThing[];
  protected abstract outputs(input: I, mount: string): Record<string, unknown>;
}

/** The input of the step type `vault.policy`. */
export interface VaultPolicyInput {
  target?: string;
  policy: string;
  rules: { path: string; capabilities: string[] }[];
}

/** A policy of the vault. */
@Kind(VAULT_POLICY.kind, VAULT_POLICY.input, { requestable: false })
@Injectable()
export class VaultPolicyKind extends VaultThingsKind<VaultPolicyInput> {
  constructor(targets: Targets) {
    super(targets);
  }

  subjectOf({ policy }: VaultPolicyInput): string {
    return `vault_policy:${policy}`;
  }

  protected things({ policy, rules }: VaultPolicyInput): WantedThing[] {
    return [policyThing(policy, Object.fromEntries(rules.map((rule) => [rule.path, rule.capabilities])))];
  }

  protected outputs({ policy }: VaultPolicyInput): Record<string, unknown> {
    return { policy };
  }
}

/** The input of the step type `vault.space`. */
export interface VaultSpaceInput {
  target?: string;
  path: string;
  policy: string;
  access: 'read' | 'write';
  exact: boolean;
  login?: {
    method: 'approle' | 'kubernetes';
    mount?: string;
    role: string;
    service_accounts?: string[];
    audience?: string;
    namespaces?: string[];
  };
}

/** A part of the vault for a team: a policy, and a role to log in with. */
@Kind(VAULT_SPACE.kind, VAULT_SPACE.input, { requestable: false })
@Injectable()
export class VaultSpaceKind extends VaultThingsKind<VaultSpaceInput> {
  constructor(targets: Targets) {
    super(targets);
  }

  subjectOf({ policy }: VaultSpaceInput): string {
    return `vault_policy:${policy}`;
  }

  override validate(input: VaultSpaceInput, context: AskContext): Promise<void> {
    const { login } = input;
    const bound = login?.service_accounts?.length && login.namespaces?.length;
    if (login?.method === 'kubernetes' && !bound)
      throw brokenRule(
        'login',
        'kubernetes needs service_accounts and namespaces: without them it is open to all',
      );
    return super.validate(input, context);
  }

  protected things(input: VaultSpaceInput, mount: string): WantedThing[] {
    const { policy, login } = input;
    const role =
      login &&
      roleThing(`auth/${login.mount ?? login.method}/role/${login.role}`, 'login role', {
        token_policies: [policy],
        ...(login.method === 'kubernetes' && {
          // in one order: another one is no change
          bound_service_account_names: [...(login.service_accounts ?? [])].sort(),
          bound_service_account_namespaces: [...(login.namespaces ?? [])].sort(),
          ...(login.audience !== undefined && { audience: login.audience }),
        }),
      });
    return [policyThing(policy, rulesOf(input, mount)), ...(role ? [role] : [])];
  }

  protected outputs({ path, policy, login }: VaultSpaceInput, mount: string): Record<string, unknown> {
    return { path, mount, policy, role: login?.role ?? '' };
  }
}

/** What the policy of a space allows. */
function rulesOf({ path, access, exact }: VaultSpaceInput, mount: string): Record<string, string[]> {
  const data = access === 'read' ? ['read'] : ['create', 'read', 'update', 'patch', 'delete'];
  const metadata = access === 'read' ? ['read'] : ['delete', 'read'];
  if (exact) return { [`${mount}/data/${path}`]: data, [`${mount}/metadata/${path}`]: metadata };
  return {
    [`${mount}/data/${path}/*`]: data,
    [`${mount}/metadata/${path}/*`]: [...metadata, 'list'],
    [`${mount}/metadata/${path}/`]: ['list'],
  };
}

/** The input of the step type `vault.database_role`. */
export interface VaultDatabaseRoleInput {
  target?: string;
  mount: string;
  role: string;
  connection: string;
  member_of: string;
  ttl_seconds: number;
  max_ttl_seconds: number;
}

/** A role of the vault's database engine. Its logins are members of one role: grants are made once, to that role. */
@Kind(VAULT_DATABASE_ROLE.kind, VAULT_DATABASE_ROLE.input, { requestable: false })
@Injectable()
export class VaultDatabaseRoleKind extends VaultThingsKind<VaultDatabaseRoleInput> {
  constructor(targets: Targets) {
    super(targets);
  }

  subjectOf({ mount, role }: VaultDatabaseRoleInput): string {
    return `vault_role:${mount}/${role}`;
  }

  override validate(input: VaultDatabaseRoleInput, context: AskContext): Promise<void> {
    if (input.ttl_seconds > input.max_ttl_seconds)
      throw brokenRule('ttl_seconds', 'must not be greater than max_ttl_seconds');
    return super.validate(input, context);
  }

  protected things(input: VaultDatabaseRoleInput): WantedThing[] {
    const { mount, role, connection, member_of, ttl_seconds, max_ttl_seconds } = input;
    return [
      roleThing(`${mount}/roles/${role}`, 'database role', {
        db_name: connection,
        creation_statements: creationOf(member_of),
        revocation_statements: [revocationOf(member_of)],
        default_ttl: ttl_seconds,
        max_ttl: max_ttl_seconds,
      }),
    ];
  }

  protected outputs({ mount, role }: VaultDatabaseRoleInput): Record<string, unknown> {
    return { path: `${mount}/creds/${role}` };
  }
}

// In what follows the grammar of the role's name has no quotes, and the words in braces are the vault's.

/** What a login makes belongs to the role, so that it outlives the login and others can go on with it. */
function creationOf(role: string): string[] {
  return [
    `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE "${role}";`,
    `ALTER ROLE "{{name}}" SET role = '${role}';`,
  ];
}

/** Ends its sessions, too, and gives the role what the login owns itself: a login that owns something cannot be dropped. */
function revocationOf(role: string): string {
  return `DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{{name}}') THEN
    GRANT "{{name}}" TO CURRENT_USER;
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';
    REASSIGN OWNED BY "{{name}}" TO "${role}";
    DROP OWNED BY "{{name}}";
    DROP ROLE "{{name}}";
  END IF;
END $$;`;
}
