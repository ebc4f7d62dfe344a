import { IsIn, IsString, MaxLength } from 'class-validator';
import { Optional, StringList } from '../../common/http/validation.js';

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
  @StringList(MAX_NAMES)
  with_users: string[] = [];

  @StringList(MAX_NAMES)
  with_groups: string[] = [];

  @Optional()
  @IsIn(['read', 'write'])
  permission: 'read' | 'write' = 'write';
}

/** The end of a share. Unlike in our API, without a target it does nothing. */
export class UnshareBody extends PathBody {
  @StringList(MAX_NAMES)
  from_users: string[] = [];

  @StringList(MAX_NAMES)
  from_groups: string[] = [];
}
