import { IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { NoNul } from '../../common/http/validation.js';
import type { LoginWay } from '../../database/tables/page-tables.js';

/** Log in with a token. */
export class TokenLoginDto {
  /** A token of a person, as for `Authorization: Bearer` */
  @IsString()
  @MinLength(1)
  @MaxLength(8192)
  @Matches(/^[\x21-\x7e]*$/, { message: 'token must be visible ASCII characters without spaces' })
  token!: string;
}

/** Log in as one of the demo's people. */
export class DemoLoginDto {
  /** The name of the person */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  @NoNul()
  user_name!: string;
}

/** Who is logged in at the page. */
export class PageSessionDto {
  /** The person */
  user_name!: string;
  /** How the person logged in */
  way!: LoginWay;
  /** When the person last logged in */
  logged_in_at!: string;
  /** Until then secrets and administrators' changes are given without another login */
  fresh_until!: string;
  /** The session ends then; an hour without a request ends it earlier */
  ends_at!: string;
}

/** A way to log in that is offered here. */
export class LoginWayDto {
  way!: LoginWay;
  /** For a login elsewhere: the address that begins it, which takes `return_to` and `again=true`. Absent for a way that is a POST. */
  url?: string;
  /** Of the demo: the people that one may be */
  people?: string[];
}

/** What the page asks first. */
export class PageSessionAnswerDto {
  /** Null: nobody is logged in */
  session!: PageSessionDto | null;
  /** The ways to log in, the usual one first */
  ways!: LoginWayDto[];
}

/** The session has ended. */
export class LogoutDto {
  /** Where the browser ends the session at the issuer, too; null if there is none */
  end_session_url!: string | null;
}
