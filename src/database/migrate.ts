import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import * as subjects from './migrations/0001-subjects.js';
import * as access from './migrations/0002-access.js';
import * as deletions from './migrations/0003-deletions.js';
import * as accessRequests from './migrations/0004-access-requests.js';
import * as provisioning from './migrations/0005-provisioning.js';
import * as dataProducts from './migrations/0006-data-products.js';
import * as uncheckedGroups from './migrations/0007-unchecked-groups.js';
import * as productDeletions from './migrations/0008-product-deletions.js';
import * as missingProducts from './migrations/0009-missing-products.js';
import * as productPorts from './migrations/0010-product-ports.js';
import * as approvalsAndTurns from './migrations/0011-approvals-and-turns.js';
import * as nodes from './migrations/0012-nodes.js';
import * as wantedLeases from './migrations/0013-wanted-leases.js';
import * as requestsForGroups from './migrations/0014-requests-for-groups.js';
import * as claims from './migrations/0016-claims.js';
import * as provisionStage from './migrations/0017-provision-stage.js';
import * as changedDocuments from './migrations/0018-changed-documents.js';
import * as deletionProvisions from './migrations/0019-deletion-provisions.js';
import * as currentSubject from './migrations/0020-current-subject.js';
import * as foreignSecrets from './migrations/0021-foreign-secrets.js';
import * as deletionsOfHomes from './migrations/0022-deletions-of-homes.js';
import * as placesOfMembers from './migrations/0023-places-of-members.js';
import * as adoptions from './migrations/0024-adoptions.js';
import * as loginGroups from './migrations/0025-login-groups.js';
import * as waitingShares from './migrations/0026-waiting-shares.js';
import * as groupProfiles from './migrations/0027-group-profiles.js';
import * as leavers from './migrations/0028-leavers.js';
import * as rotations from './migrations/0030-rotations.js';
import * as providers from './migrations/0031-providers.js';
import * as organizations from './migrations/0032-organizations.js';
import * as workflows from './migrations/0033-workflows.js';
import * as governance from './migrations/0034-governance.js';
import * as orderPlans from './migrations/0035-order-plans.js';
import * as receipts from './migrations/0037-receipts.js';
import * as resources from './migrations/0038-resources.js';
import * as provisionDeadlines from './migrations/0039-provision-deadlines.js';
import * as scoreResources from './migrations/0041-score-resources.js';
import * as keptResources from './migrations/0042-kept-resources.js';
import * as workflowEvents from './migrations/0043-workflow-events.js';
import * as productSchemas from './migrations/0047-product-schemas.js';
import * as registeredSchemas from './migrations/0048-registered-schemas.js';
import * as tofuStates from './migrations/0049-tofu-states.js';
import * as registeredPorts from './migrations/0050-registered-ports.js';
import * as shownDatabaseLogins from './migrations/0052-shown-database-logins.js';
import * as dailyCounts from './migrations/0053-daily-counts.js';
import * as pageSessions from './migrations/0055-page-sessions.js';
import * as traceParents from './migrations/0060-trace-parents.js';
import * as scimResources from './migrations/0061-scim-resources.js';
import type { Schema } from './schema.js';

const MIGRATIONS: Record<string, Migration> = {
  '0001-subjects': subjects,
  '0002-access': access,
  '0003-deletions': deletions,
  '0004-access-requests': accessRequests,
  '0005-provisioning': provisioning,
  '0006-data-products': dataProducts,
  '0007-unchecked-groups': uncheckedGroups,
  '0008-product-deletions': productDeletions,
  '0009-missing-products': missingProducts,
  '0010-product-ports': productPorts,
  '0011-approvals-and-turns': approvalsAndTurns,
  '0012-nodes': nodes,
  '0013-wanted-leases': wantedLeases,
  '0014-requests-for-groups': requestsForGroups,
  '0016-claims': claims,
  '0017-provision-stage': provisionStage,
  '0018-changed-documents': changedDocuments,
  '0019-deletion-provisions': deletionProvisions,
  '0020-current-subject': currentSubject,
  '0021-foreign-secrets': foreignSecrets,
  '0022-deletions-of-homes': deletionsOfHomes,
  '0023-places-of-members': placesOfMembers,
  '0024-adoptions': adoptions,
  '0025-login-groups': loginGroups,
  '0026-waiting-shares': waitingShares,
  '0027-group-profiles': groupProfiles,
  '0028-leavers': leavers,
  '0030-rotations': rotations,
  '0031-providers': providers,
  '0032-organizations': organizations,
  '0033-workflows': workflows,
  '0034-governance': governance,
  '0035-order-plans': orderPlans,
  '0037-receipts': receipts,
  '0038-resources': resources,
  '0039-provision-deadlines': provisionDeadlines,
  '0041-score-resources': scoreResources,
  '0042-kept-resources': keptResources,
  '0043-workflow-events': workflowEvents,
  '0047-product-schemas': productSchemas,
  '0048-registered-schemas': registeredSchemas,
  '0049-tofu-states': tofuStates,
  '0050-registered-ports': registeredPorts,
  '0052-shown-database-logins': shownDatabaseLogins,
  '0053-daily-counts': dailyCounts,
  '0055-page-sessions': pageSessions,
  '0060-trace-parents': traceParents,
  '0061-scim-resources': scimResources,
};

/**
 * Brings the schema up to date. Two replicas may start together: Kysely holds a PostgreSQL advisory lock for the whole run and does all of
 * it in one transaction.
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}
