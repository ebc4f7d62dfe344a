import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Optional } from '../../common/http/validation.js';
import { AdminListQuery } from '../../users/admin/admin-user.dto.js';
import { DeletionDto } from '../../deletions/deletion.dto.js';

/** Access of a data product to the data of another one. */
export class ProductGrantDto {
  /**
   * The path
   * @example "s3a://data-products/sales/data_mart/"
   */
  path!: string;

  /** The principal of the other data product */
  principal!: string | null;

  /** The permission on the path */
  permission!: 'read' | 'write';
}

/** An output port of another data product that this one was approved for, as of the last reconciliation. */
export class ProductPortDto {
  /** The portal's id of the other data product; null if the portal hides it */
  provider_id!: string | null;

  /** The portal's id of the port; empty if the portal hides this, too */
  output_port_id!: string;

  /** The portal's name of the chosen access mode; null if there is none */
  access_mode!: string | null;

  /** Whether the mode's name means read or write; an unknown mode gives only read */
  access_mode_known!: boolean;

  /** The permission that the port gives on its paths */
  permission!: 'read' | 'write';

  /** When it was decided, RFC 3339; only a day if the portal states no time, null if it states nothing */
  decided_on!: string | null;

  /**
   * The last day of access (UTC)
   * @example "2026-12-31"
   */
  valid_until!: string | null;

  /**
   * The paths that the port gives: its linked technical assets, or, without any, the published data of the provider
   * @example ["s3a://data-products/sales/staging/", "s3a://data-products/sales/data_mart/"]
   */
  paths!: string[];

  /** The schema in PostgreSQL that the port gives to read; null: none */
  schema!: string | null;

  /** Why assets that are linked to the port give nothing */
  ignored!: string[];

  /** What the port waits for before it gives anything; null if nothing */
  waiting!: string | null;
}

/** A key of a data product that somebody claimed. */
export class ProductClaimDto {
  /** Who claimed it */
  claimed_by!: string;

  /** The verified e-mail address of the owner who claimed it; the key ends with the ownership in the portal. Null: an administrator */
  email!: string | null;
}

/** A data product or an exploration of the portal, and the resources that were created for it. */
export class DataProductDto {
  /**
   * The portal's id
   * @example "sales"
   */
  id!: string;

  /** An exploration only reads; it owns nothing */
  kind!: 'data_product' | 'exploration';

  /**
   * The name in the portal
   * @example "Sales"
   */
  name!: string | null;

  /**
   * Its first namespace: it never changes, even if the product is renamed in the portal
   * @example "sales"
   */
  namespace!: string | null;

  /**
   * The current namespace in the portal; if it differs from `namespace`, the product was renamed
   * @example "sales"
   */
  portal_namespace!: string | null;

  /**
   * Its MinIO user
   * @example "dp-sales-0f3a9c21b7d4"
   */
  principal!: string | null;

  /**
   * The prefix that it owns
   * @example "s3a://data-products/sales/"
   */
  home_path!: string | null;

  /**
   * `rejected`: its namespace cannot be a prefix. `missing`: the portal does not have it, and never reported its deletion; nothing was
   * removed, and an administrator decides
   * @example "ready"
   */
  state!: 'pending' | 'ready' | 'rejected' | 'missing' | 'deleted';

  /** Since when it is missing, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  missing_since!: string | null;

  /** Its access has ended; its project and data wait for an administrator, see `confirm-removal` */
  data_waits!: boolean;

  /** The portal has deleted it; its resources are being removed */
  deleting!: boolean;

  /** MinIO matches the desired state */
  enforced!: boolean;

  /**
   * Name of its project folder
   * @example "sales"
   */
  project!: string | null;

  /** Why it has no project although it is ready; null: it has one, or is not ready */
  no_project!: string | null;

  /** When it was last reconciled successfully, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  last_reconciled_at!: string | null;

  /** Why the last reconciliation failed, or why it is rejected or missing */
  last_error!: string | null;

  /** When its key was claimed, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  claimed_at!: string | null;
}

/** What a data product has in PostgreSQL. */
export class ProductDatabaseDto {
  /**
   * Its schema; null: it owns nothing, and only reads
   * @example "sales"
   */
  schema!: string | null;

  /** The role that owns the schema and logs in; of a product that owns nothing, the role that logs in */
  owner_role!: string;

  /** The role whose members read the schema */
  read_role!: string | null;

  /** Ids of the data products whose approved ports give them the schema to read, as of their last reconciliations */
  readers!: string[];

  /** Who was last shown the password of `owner_role`; null: nobody, or somebody who is no owner any more */
  login_shown_to!: string | null;

  /** When, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  login_shown_at!: string | null;

  /** The portal has a technical asset for the schema, which its owners can link to output ports */
  registered!: boolean;

  /** Why the portal has none */
  registration_problem!: string | null;

  /** The portal has an output port that gives the schema, or its owners wanted none (PRODUCTS_POSTGRES_PORT) */
  port_registered!: boolean;

  /** Why the portal has none */
  port_problem!: string | null;

  /** Why it is not as it should be; null if it is */
  problem!: string | null;
}

/** A data product with its access. */
export class DataProductDetailDto extends DataProductDto {
  /** The data of other products that it can access */
  reads!: ProductGrantDto[];

  /** The products that can access its data */
  read_by!: ProductGrantDto[];

  /** The output ports that it was approved for, with the access that each one gives */
  approvals!: ProductPortDto[];

  /** Approved access that has no effect yet, with the reason; null if there is none */
  waiting!: string | null;

  /** The claimed keys, and who claimed them */
  claims!: ProductClaimDto[];

  /** The portal has technical assets for its published data, which its owners can link to output ports */
  assets_registered!: boolean;

  /** Why the portal has no technical assets for it */
  assets_problem!: string | null;

  /** Its schema and roles in PostgreSQL; null if it has none */
  @ApiProperty({ type: ProductDatabaseDto, nullable: true })
  database!: ProductDatabaseDto | null;

  /** The progress of the deletion of its data, if it is gone and PRODUCTS_ON_DELETE is `delete` */
  @ApiProperty({ type: DeletionDto, nullable: true })
  data_deletion!: DeletionDto | null;
}

const STATES = ['pending', 'ready', 'missing', 'rejected', 'deleted'] as const;

/** Which data products. */
export class DataProductListQuery extends AdminListQuery {
  /**
   * Only those whose id, name or namespace contains this text
   * @example "sal"
   */
  declare q?: string;

  /** Only in this state */
  @Optional({ enum: STATES })
  @IsIn(STATES)
  state?: (typeof STATES)[number];
}

/** A page of data products. */
export class DataProductPageDto {
  /** Data products, ordered by id */
  items!: DataProductDto[];

  /**
   * Number of data products on all pages
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
