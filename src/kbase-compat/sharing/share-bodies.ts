import { ArrayMaxSize, IsArray, IsIn, IsString, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

/** Maximum number of names in one request. */
const MAX_NAMES = 100;

/** A path. */
export class PathBody {
  @IsString()
  @MaxLength(1100)
  path!: string;
}

/** A share. Unlike in our API, it allows writing unless it says otherwise, and without a target it does nothing. */
export class ShareBody extends PathBody {
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  with_users: string[] = [];

  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  with_groups: string[] = [];

  @Optional()
  @IsIn(['read', 'write'])
  permission: 'read' | 'write' = 'write';
}

/** The end of a share. Unlike in our API, without a target it does nothing. */
export class UnshareBody extends PathBody {
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  from_users: string[] = [];

  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMES)
  @IsString({ each: true })
  from_groups: string[] = [];
}
