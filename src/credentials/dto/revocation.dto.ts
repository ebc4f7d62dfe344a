import { IsBoolean } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

/** What a rotation of secrets ends besides the old pairs. */
export class RevocationDto {
  /** Also end every session. Otherwise sessions survive a rotation */
  @Optional()
  @IsBoolean()
  revoke_sessions: boolean = false;

  /** Also end every access key, but none of a data product. Otherwise access keys survive a rotation */
  @Optional()
  @IsBoolean()
  revoke_access_keys: boolean = false;
}
