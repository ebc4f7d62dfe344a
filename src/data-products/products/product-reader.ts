import { Injectable } from '@nestjs/common';
import { Grants } from '../../access/grants/grants.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isInSync } from '../../access/subjects/subject-state.js';
import { noSuch } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import type { DataProductRow, SubjectRow } from '../../database/schema.js';
import { deletionOf } from '../../deletions/deletion.dto.js';
import { Deletions } from '../../deletions/deletions.js';
import { formatPath } from '../../policy/paths.js';
import { noProjectReason } from '../upkeep/no-project.js';
import type { PortAccess } from '../approved/port-access.js';
import { schemaNames } from '../approved/schema-names.js';
import type {
  DataProductDetailDto,
  DataProductDto,
  ProductDatabaseDto,
  ProductPortDto,
} from './data-product.dto.js';
import { DataProductsStore } from './data-products.store.js';

/** The maximum number of grants shown for one product. */
const MOST = 500;

/** Shows data products. */
@Injectable()
export class ProductReader {
  constructor(
    private readonly products: DataProductsStore,
    private readonly subjects: Subjects,
    private readonly grants: Grants,
    private readonly deletions: Deletions,
    private readonly config: AppConfig,
  ) {}

  /** Throws 404 for an unknown product. */
  async require(id: string): Promise<DataProductRow> {
    const row = await this.products.find(id);
    if (!row) throw noSuch('data product');
    return row;
  }

  async show(row: DataProductRow): Promise<DataProductDto> {
    return this.view(row, await this.subjectOf(row));
  }

  async detail(row: DataProductRow): Promise<DataProductDetailDto> {
    const subject = await this.subjectOf(row);
    const received = subject ? await this.grants.received([subject.id], { limit: MOST }) : [];
    const given = subject ? await this.grants.given(subject, { limit: MOST }) : [];
    const deletion = row.subject_name === null ? undefined : await this.deletions.ofProduct(row.subject_name);
    const approvals = (row.approvals as PortAccess[]).map((each) => this.port(each));
    return {
      ...this.view(row, subject),
      approvals,
      waiting: waitingText(approvals),
      claims: (await this.products.claims.of(row.id)).map(({ claimed_by, email }) => ({ claimed_by, email })),
      ...{ assets_registered: row.assets_registered, assets_problem: row.assets_problem },
      database: await this.database(row),
      data_deletion: deletion ? deletionOf(deletion) : null,
      reads: received.map((grant) => ({
        path: formatPath(grant),
        principal: grant.owner_name,
        permission: grant.permission,
      })),
      read_by: given.map((grant) => ({
        path: formatPath(grant),
        principal: grant.grantee_name,
        permission: grant.permission,
      })),
    };
  }

  private async database(row: DataProductRow): Promise<ProductDatabaseDto | null> {
    const { id, prefix, database_role: owner_role, database_problem: problem } = row;
    if (owner_role === null) return null;
    const names = prefix === null ? null : schemaNames(prefix);
    const readers = names ? (await this.products.consumers.readersOf(id)).map((each) => each.id) : [];
    return {
      ...{ schema: names?.schema ?? null, owner_role, read_role: names?.reader ?? null, readers, problem },
      login_shown_to: row.database_shown_to,
      login_shown_at: row.database_shown_at?.toISOString() ?? null,
      ...{ registered: row.schema_registered, registration_problem: row.schema_unregistered_why },
      ...{ port_registered: row.port_registered, port_problem: row.port_unregistered_why },
    };
  }

  private port({ paths, schema = null, ...port }: PortAccess): ProductPortDto {
    const { bucket } = this.config.products;
    return { ...port, schema, paths: paths.map((prefix) => formatPath({ bucket, prefix, folder: true })) };
  }

  private subjectOf({ subject_name: name }: DataProductRow): Promise<SubjectRow | undefined> {
    return name === null ? Promise.resolve(undefined) : this.subjects.find({ kind: 'data_product', name });
  }

  private noProject({ kind, prefix }: DataProductRow): string {
    if (kind === 'exploration') return 'An exploration has none';
    return prefix === null
      ? 'It has no namespace yet'
      : (noProjectReason(this.config, prefix) ?? 'It was not created yet');
  }

  private view(row: DataProductRow, subject: SubjectRow | undefined): DataProductDto {
    const { id, kind, name, namespace, portal_namespace, state, deleting, project, last_error } = row;
    const { bucket } = this.config.products;
    const prefix = subject?.prefix ?? null;
    return {
      ...{ id, kind, name, namespace, portal_namespace, state, deleting, project, last_error },
      principal: subject?.principal ?? null,
      no_project: state === 'ready' && project === null ? this.noProject(row) : null,
      home_path: prefix === null ? null : formatPath({ bucket, prefix, folder: true }),
      enforced: subject ? isInSync(subject) : state === 'deleted',
      missing_since: row.missing_since?.toISOString() ?? null,
      data_waits: row.data_waits,
      last_reconciled_at: row.last_reconciled_at?.toISOString() ?? null,
      claimed_at: row.claimed_at?.toISOString() ?? null,
    };
  }
}

function waitingText(ports: readonly ProductPortDto[]): string | null {
  const waits = new Set(
    ports.flatMap(({ provider_id: id, waiting }) =>
      waiting === null ? [] : [`${id ?? 'a hidden provider'}: ${waiting}`],
    ),
  );
  return waits.size === 0 ? null : [...waits].sort().join('; ');
}
