/** A group that the person's latest login names. */
export class NamedGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** The role that the login gives */
  role!: 'member' | 'reader' | 'owner';

  /**
   * `given`: the login gives the membership; `planned`: the next check of the login gives it, unless `dry_run` is true; `missing`: there is no
   * such group; `taken_away`: the login gave it, and a person took it away
   */
  state!: 'given' | 'planned' | 'missing' | 'taken_away';
}

/** A membership that a login gave and the latest login does not name. */
export class EndingGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** The role that the login gave */
  role!: 'member' | 'reader' | 'owner';
}

/** What a person's logins say about groups, and what follows from it. */
export class LoginGroupsDto {
  /**
   * Name of the user
   * @example "alice"
   */
  user_name!: string;

  /** Where logins name groups (GROUPS_FROM); null if they do not */
  source!: 'oidc' | 'kbase' | 'hub' | null;

  /** Memberships do not follow logins (GROUPS_FROM_DRY_RUN): what is shown would be done */
  dry_run!: boolean;

  /** When the source said it, RFC 3339; null if no login named groups yet */
  said_at!: string | null;

  /** The groups that the latest login names, by name */
  groups!: NamedGroupDto[];

  /** What ends at the next check of the login, or when the reason to wait is gone */
  ending!: EndingGroupDto[];

  /**
   * Why the end of all of them waits. `second_answer`: the login suddenly names no groups, and another answer must confirm it; `brake`: too
   * many people lost all groups within a day
   */
  waits!: 'second_answer' | 'brake' | null;
}
