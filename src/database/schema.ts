import type { ColumnType, Generated, Insertable, Kysely, Selectable, Transaction } from 'kysely';
import type { AdoptionTable } from './tables/adoption-table.js';
import type { DocumentMarks } from './tables/document-marks.js';
import type {
  DataDeletionTable,
  ProvisionEventTable,
  ProvisionTable,
  RoleAssignmentTable,
  RoleTable,
} from './tables/work/job-tables.js';
import type { DailyCountTable, LoginTable, LookUpTable, SuspensionMarks } from './tables/login-tables.js';
import type { MemberPlaceTable } from './tables/member-place-table.js';
import type { GroupRole, LoginGroupsTable, MembershipTable } from './tables/membership-tables.js';
import type {
  DataProductClaimTable,
  DataProductPortTable,
  DataProductTable,
  PortalDeliveryTable,
  PortalWatchTable,
  Stamp,
} from './tables/product-tables.js';
import type { ScimResourceTable } from './tables/scim-tables.js';
import type { PageSessionTable } from './tables/page-tables.js';
import type { PlanItemTable, PlanTable, ProvisionWaiterTable } from './tables/work/plan-tables.js';
import type { ProviderTable, ProviderVersionTable } from './tables/work/provider-tables.js';
import type { ReceiptKeyTable, RunReceiptTable } from './tables/work/receipt-tables.js';
import type { RotationSubjectTable, RotationTable } from './tables/work/rotation-tables.js';
import type { WorkflowApprovalTable, WorkflowDecisionTable } from './tables/work/approval-tables.js';
import type { TofuStateTable } from './tables/work/tool-tables.js';
import type {
  WorkflowResourceTable,
  WorkflowResourceUpdateTable,
  WorkflowRunTable,
  WorkflowStepTable,
} from './tables/work/workflow-tables.js';

export type { GroupRole };
export type SubjectKind = 'user' | 'group' | 'data_product';

/** A user, group or data product whose access is enforced. One row per (kind, name); a re-created name is a new row with a new id. */
export interface SubjectTable extends DocumentMarks, SuspensionMarks {
  id: Generated<string>;
  kind: SubjectKind;
  /** Of a data product: its principal. */
  name: string;
  /** The name of the MinIO user or group. */
  principal: string;
  /** `removed`: gone in MinIO, kept until `unsettled_until`. */
  status: 'active' | 'disabled' | 'removing' | 'removed';
  /** The status that MinIO was last given, or may still be given by a late write; differs from `status` while a change of it is pending. */
  applied_status: 'active' | 'disabled' | null;
  /** Counts every change of what should hold; `applied_generation` follows it. */
  generation: Generated<number>;
  applied_generation: Generated<number>;
  /** Random, not secret: the pair's secret is derived from it and the master key. */
  secret_salt: string;
  secret_key_id: string;
  secret_generation: Generated<number>;
  applied_secret_generation: Generated<number>;
  /** Of an adopted user: MinIO holds the secret from before the adoption, which is not known here. The first login replaces it. */
  foreign_secret: Generated<boolean>;
  /** Incremented each time all sessions are ended. */
  session_epoch: Generated<number>;
  applied_session_epoch: Generated<number>;
  /** Incremented each time all access keys are ended. */
  access_key_epoch: Generated<number>;
  applied_access_key_epoch: Generated<number>;
  /** What MinIO holds is uncertain: a write timed out or its writer lost the lease. */
  suspect: Generated<boolean>;
  created_at: Stamp;
  rotated_at: Stamp;
  /** Until then a write of unknown outcome may still arrive in MinIO: the subject is enforced once more at that moment. */
  unsettled_until: Stamp | null;
  /** When the worker should enforce the subject next; null when nothing is due. */
  due_at: Stamp | null;
  /** The pending change takes access away: it goes first. */
  revoking: Generated<boolean>;
  attempts: Generated<number>;
  last_error: string | null;
  /** Of a group: what its owners say of it. */
  description: string | null;
  display_name: string | null;
  website: string | null;
  organization: string | null;
  /** Of a group: everybody sees it in the list of groups, and may ask to join. */
  joinable: Generated<boolean>;
  /** The highest number of a policy document that MinIO may hold of the subject. */
  top_shard: Generated<number>;
  /** Of a data product: its own prefix; null if it has none. */
  prefix: string | null;
  /** Nothing of it was written in MinIO yet: of a group, whose name MinIO could not be asked about; of a user, who needed nothing there. */
  unchecked: Generated<boolean>;
  /** When it was last written in MinIO, or may have been: a node that was away then has not received it. */
  written_at: Stamp | null;
  /** When its sessions were last ended without every MinIO node having received it. */
  sessions_ended_at: Stamp | null;
}

/** Who may reach which path. */
export interface AccessGrantTable {
  id: Generated<string>;
  /** The subject that is given access. */
  grantee_id: string;
  /** The user whose home the path lies in; null for a path outside every home. */
  owner_id: string | null;
  bucket: string;
  /** The key without a trailing slash. */
  prefix: string;
  /** Written with a trailing slash: the folder, not an object of that name. */
  folder: boolean;
  permission: 'read' | 'write';
  origin: 'share' | 'group' | 'role' | 'data_product' | 'adopted';
  reason: string | null;
  granted_by: string;
  /** The group that gives the path to each of its members; null for every other grant. */
  source_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: Stamp;
  expires_at: Stamp | null;
  /** The number of the grantee's policy document that contains the grant. */
  shard: number;
  /** The maximum number of bytes that the grant takes in its document. */
  weight: number;
}

/** A share with a person who has no row yet. It becomes a grant when the row is made. */
export interface WaitingShareTable extends Pick<
  AccessGrantTable,
  'id' | 'bucket' | 'prefix' | 'folder' | 'permission' | 'reason' | 'granted_by' | 'created_at' | 'expires_at'
> {
  owner_id: string;
  /** The name of the person. */
  grantee_name: string;
  /** It ends then if the person has not logged in. */
  waits_until: Stamp;
}

/** A request for access to another user's path. */
export interface AccessRequestTable {
  id: Generated<string>;
  requester_id: string;
  /** The user in whose home the path lies; null if there was none, and for a group. */
  owner_id: string | null;
  /** The path and the permission; null for a group. */
  bucket: string | null;
  prefix: string | null;
  folder: boolean | null;
  permission: 'read' | 'write' | null;
  /** The requested group, whether or not it exists; null for a path. */
  group_name: string | null;
  /** The group of that name; null if there was none, or if it is gone. */
  group_id: string | null;
  role: GroupRole | null;
  reason: string;
  /** `superseded`: its requester asked for something else instead, or has it by other means. */
  state: Generated<'open' | 'approved' | 'denied' | 'superseded' | 'withdrawn'>;
  /** What was approved: what was asked for, or less. */
  granted: 'read' | 'write' | GroupRole | null;
  created_at: Stamp;
  decided_at: Stamp | null;
  decided_by: string | null;
}

/** The process that may write a subject in MinIO right now. */
export interface LeaseTable {
  key: string;
  /** Fence: new for every acquisition. */
  holder: string;
  /** `-infinity`: released, and kept for the waiting processes. */
  expires_at: Stamp;
  /** How often it was taken over from a holder that let it expire. */
  takeovers: Generated<number>;
  /** Holder ids that wait for it, the first first, and until when (in seconds) it is kept for each: `[{by, until}]`. */
  wanted: ColumnType<unknown[], never, never>;
}

/** A MinIO node that did not answer and has not caught up: it may not know what was written since. */
export interface MinioNodeTable {
  endpoint: string;
  away_since: Stamp;
  /** When it was last found away. */
  seen_at: Stamp;
  /** It has received the ends of sessions up to this time. */
  told_until: Stamp | null;
  /** How often it was found away: a number above the one that was read is a new absence. */
  sightings: Generated<number>;
}

/** The node that takes the admin writes, for all replicas: one row. */
export interface MinioAdminTable {
  one: Generated<boolean>;
  endpoint: string;
  since: Stamp;
}

/** Access keys (not secrets) of issued sessions that have not ended; they are sealed all the same. */
export interface SessionKeyTable {
  id: Generated<string>;
  sealed_access_key: string;
  principal: string;
  expires_at: Stamp;
}

/** Append-only by trigger. */
export interface AuditEventTable {
  id: Generated<string>;
  at: Stamp;
  actor: string;
  actor_kind: 'person' | 'service' | 'system';
  on_behalf_of: string | null;
  action: string;
  subject_kind: string | null;
  subject_name: string | null;
  request_id: string | null;
  detail: ColumnType<Record<string, unknown>, string, never>;
}

/** Identifiers of the master keys that secrets were derived with; the newest is the current one. */
export interface MasterKeyTable {
  seq: Generated<number>;
  id: string;
  created_at: Stamp;
}

/** People who were seen with an admin role: service tokens never act for them. */
export interface KnownAdminTable {
  user_name: string;
  seen_at: Stamp;
}

export interface Schema {
  subject: SubjectTable;
  adoption: AdoptionTable;
  membership: MembershipTable;
  member_place: MemberPlaceTable;
  login: LoginTable;
  daily_count: DailyCountTable;
  look_up: LookUpTable;
  login_groups: LoginGroupsTable;
  access_grant: AccessGrantTable;
  waiting_share: WaitingShareTable;
  access_request: AccessRequestTable;
  lease: LeaseTable;
  minio_node: MinioNodeTable;
  minio_admin: MinioAdminTable;
  session_key: SessionKeyTable;
  page_session: PageSessionTable;
  scim_resource: ScimResourceTable;
  data_deletion: DataDeletionTable;
  rotation: RotationTable;
  rotation_subject: RotationSubjectTable;
  workflow_run: WorkflowRunTable;
  workflow_step: WorkflowStepTable;
  workflow_resource: WorkflowResourceTable;
  workflow_resource_update: WorkflowResourceUpdateTable;
  workflow_approval: WorkflowApprovalTable;
  workflow_decision: WorkflowDecisionTable;
  run_receipt: RunReceiptTable;
  receipt_key: ReceiptKeyTable;
  tofu_state: TofuStateTable;
  plan: PlanTable;
  plan_item: PlanItemTable;
  provision_waiter: ProvisionWaiterTable;
  audit_event: AuditEventTable;
  master_key: MasterKeyTable;
  known_admin: KnownAdminTable;
  provision: ProvisionTable;
  provision_event: ProvisionEventTable;
  role: RoleTable;
  role_assignment: RoleAssignmentTable;
  data_product: DataProductTable;
  data_product_port: DataProductPortTable;
  data_product_claim: DataProductClaimTable;
  portal_delivery: PortalDeliveryTable;
  portal_watch: PortalWatchTable;
  provider: ProviderTable;
  provider_version: ProviderVersionTable;
}

/** The database, or a transaction in it. Injected by this class. */
export abstract class Database extends (Object as unknown as abstract new () => Kysely<Schema>) {}

export type Executor = Kysely<Schema> | Transaction<Schema>;
export type SubjectRow = Selectable<SubjectTable>;
export type AdoptionRow = Selectable<AdoptionTable>;
export type AccessRequestRow = Selectable<AccessRequestTable>;
export type GrantRow = Selectable<AccessGrantTable>;
export type WaitingShareRow = Selectable<WaitingShareTable>;
export type DataDeletionRow = Selectable<DataDeletionTable>;
export type RotationRow = Selectable<RotationTable>;
export type RotationSubjectRow = Selectable<RotationSubjectTable>;
export type ProviderRow = Selectable<ProviderTable>;
export type WorkflowRunRow = Selectable<WorkflowRunTable>;
export type WorkflowStepRow = Selectable<WorkflowStepTable>;
export type RunReceiptRow = Selectable<RunReceiptTable>;
export type PageSessionRow = Selectable<PageSessionTable>;
export type PlanRow = Selectable<PlanTable>;
export type PlanItemRow = Selectable<PlanItemTable>;
export type ProvisionRow = Selectable<ProvisionTable>;
export type NewProvision = Insertable<ProvisionTable>;
export type ProvisionEventRow = Selectable<ProvisionEventTable>;
export type DataProductRow = Selectable<DataProductTable>;
export type PortalWatchRow = Selectable<PortalWatchTable>;
export type DataProductClaimRow = Selectable<DataProductClaimTable>;
export type RoleRow = Selectable<RoleTable>;
export type AuditEventRow = Selectable<AuditEventTable>;
