import { ApiProperty } from '@nestjs/swagger';
import { DeletionDto } from '../../deletions/deletion.dto.js';

/** What a data product may read of another. */
export class ProductGrantDto {
  /**
   * The path
   * @example "s3a://data-products/sales/data_mart/"
   */
  path!: string;

  /** The other's principal */
  principal!: string | null;

  /** What may be done there */
  permission!: 'read' | 'write';
}

/** An output port of another data product that this one was approved for, as it was at the last look. */
export class ProductPortDto {
  /** The portal's id of the other data product; null where the portal hides it */
  provider_id!: string | null;

  /** The portal's id of the port; empty where the portal hides that, too */
  output_port_id!: string;

  /** The portal's name of the access mode that was chosen; null where there is none */
  access_mode!: string | null;

  /** Whether the mode's name says read or write; one that is not known gives no more than read */
  access_mode_known!: boolean;

  /** What the port gives at its paths */
  permission!: 'read' | 'write';

  /** When it was decided, RFC 3339; a day where the portal says no more, null where it says nothing */
  decided_on!: string | null;

  /**
   * The last day of it (UTC)
   * @example "2026-12-31"
   */
  valid_until!: string | null;

  /**
   * What it gives: the technical assets that are linked to the port, else what every provider publishes
   * @example ["s3a://data-products/sales/staging/", "s3a://data-products/sales/data_mart/"]
   */
  paths!: string[];

  /** Why something that is linked to the port gives nothing */
  ignored!: string[];

  /** What is waited for before the port gives anything; null: nothing */
  waiting!: string | null;
}

/** A key of a data product that somebody has claimed. */
export class ProductClaimDto {
  /** Who claimed it */
  claimed_by!: string;

  /** The verified address by which an owner did; the key ends when the portal no longer calls that one an owner. Null: an administrator's */
  email!: string | null;
}

/** A data product or an exploration of the portal, and what was made for it. */
export class DataProductDto {
  /** The portal's id */
  id!: string;

  /** An exploration reads, and owns nothing */
  kind!: 'data_product' | 'exploration';

  /** What the portal calls it */
  name!: string | null;

  /** Its first namespace: it stays, whatever the portal calls it later */
  namespace!: string | null;

  /** What the portal calls its namespace now; where it differs from `namespace` it was renamed */
  portal_namespace!: string | null;

  /** Its MinIO user */
  principal!: string | null;

  /**
   * The prefix that is its own
   * @example "s3a://data-products/sales/"
   */
  home_path!: string | null;

  /**
   * `rejected`: its namespace can be no prefix. `missing`: the portal does not have it, and never said that it goes; nothing was taken, and an
   * administrator decides
   */
  state!: 'pending' | 'ready' | 'rejected' | 'missing' | 'deleted';

  /** Since when it is missing, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  missing_since!: string | null;

  /** Its access has ended; project and data wait for an administrator, see `confirm-removal` */
  data_waits!: boolean;

  /** The portal has deleted it; what was made for it is being taken away */
  deleting!: boolean;

  /** MinIO follows what should hold */
  enforced!: boolean;

  /** Name of its project's folder */
  project!: string | null;

  /** Why it has no project though it is ready; null: it has one, or is not ready */
  no_project!: string | null;

  /** When it was last looked at with success, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  last_reconciled_at!: string | null;

  /** Why the last look failed, or why it is rejected or missing */
  last_error!: string | null;

  /** When its key was claimed, RFC 3339 */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  claimed_at!: string | null;
}

/** A data product with its access. */
export class DataProductDetailDto extends DataProductDto {
  /** What it may read of others */
  reads!: ProductGrantDto[];

  /** Who may read what of it */
  read_by!: ProductGrantDto[];

  /** The output ports that it was approved for, and what each of them gives */
  approvals!: ProductPortDto[];

  /** What it waits for: approved, but without effect so far; null: nothing */
  waiting!: string | null;

  /** Keys that were claimed, and by whom */
  claims!: ProductClaimDto[];

  /** The portal has technical assets for what it publishes, which its owners can link to output ports */
  assets_registered!: boolean;

  /** Why the portal has none */
  assets_problem!: string | null;

  /** Where the deletion of its data is, if it is gone and PRODUCTS_ON_DELETE is `delete` */
  @ApiProperty({ type: DeletionDto, nullable: true })
  data_deletion!: DeletionDto | null;
}

/** A page of data products. */
export class DataProductPageDto {
  /** Data products in the order of their ids */
  items!: DataProductDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
