import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { NoNul } from '../../common/http/validation.js';
import { WEBSITE } from '../../groups/group.dto.js';

/** What is told about a tenant. An absent field, or null, stays as it is. */
export class TenantBody {
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @NoNul()
  display_name?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(500)
  @NoNul()
  description?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(WEBSITE, { message: 'website must be an http or https address' })
  website?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  @NoNul()
  organization?: string | null;
}
