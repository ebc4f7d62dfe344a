import { IsString, Matches, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

/** Which folder is listed, and from where. */
export class FoldersQuery {
  /**
   * The folder, with or without a final slash; absent: the home
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  @Optional()
  @IsString()
  @MaxLength(1100)
  prefix?: string;

  /** Where to continue: `next_cursor` of the previous page */
  @Optional()
  @IsString()
  @MaxLength(4096)
  @Matches(/^[A-Za-z0-9_-]+$/)
  cursor?: string;
}

/** A folder. */
export class FolderDto {
  /**
   * Its name
   * @example "march"
   */
  name!: string;

  /**
   * Its path
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/march/"
   */
  path!: string;
}

/** A page of the folders in a folder. */
export class FolderPageDto {
  /**
   * The folder
   * @example "s3a://cdm-lake/users-warehouse/alice/reports/"
   */
  path!: string;

  /** Up to 1,000 folders directly in it, in the order of bytes. A page may have none and be followed by another one */
  items!: FolderDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
