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

  /** Always `read` */
  permission!: 'read' | 'write';
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
   * `rejected`: its namespace can be no prefix, or is another product's. `missing`: the portal does not have it, and never said that it goes;
   * nothing was taken, and an administrator decides
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
