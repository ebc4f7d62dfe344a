import type { Operation, ProvisionResult } from '../../provisioning/kinds/kind.js';

/** A repository as a result names it. */
export interface RepositoryEntitlement {
  type: 'repository';
  target: string;
  /** Owner and name. */
  id: string;
  name: string;
  branch: string;
  /** The provision that made it, or was about to. */
  made_by: string;
  /** Undefined: it was about to be made. */
  repository_id?: number;
  /** Undefined: it was about to be made. */
  commit?: string;
}

/** The repository that a result tells of; undefined: none. */
export function entitlementOf({ operations }: ProvisionResult): RepositoryEntitlement | undefined {
  return operations[0]?.entitlement as RepositoryEntitlement | undefined;
}

export function operationOf(made: RepositoryEntitlement): Operation {
  return { entitlement: { ...made }, action: 'create', status: 'done' };
}

/** Says in the forge, from the first moment on, whose the new repository is. */
export function markOf(provision: string): string {
  return `minio-manager is making this repository: ${provision}`;
}

/** The end of the message of a commit of a provision. */
export function trailerOf(provision: string): string {
  return `Minio-Manager-Provision: ${provision}`;
}

export function isCommitOf(message: string, provision: string): boolean {
  return message.trimEnd().endsWith(trailerOf(provision));
}
