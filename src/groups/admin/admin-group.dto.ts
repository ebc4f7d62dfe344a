/** A group in the administrator's list. */
export class AdminGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** What the group is for */
  description!: string | null;

  /**
   * The name for people to read; null: none
   * @example "KBase Knowledgebase"
   */
  display_name!: string | null;

  /**
   * Where the group presents itself; null: none
   * @example "https://www.kbase.us/"
   */
  website!: string | null;

  /**
   * The organization that it belongs to; null: not told
   * @example "Lawrence Berkeley National Laboratory"
   */
  organization!: string | null;

  /** Whether everybody sees it in the list of joinable groups, and may ask to join */
  joinable!: boolean;

  /** Number of users in the group, including readers and owners; 0 for `everyone`, whose members are not stored */
  member_count!: number;

  /** MinIO holds the desired state */
  enforced!: boolean;
}

/** A page of groups, sorted by name. */
export class AdminGroupPageDto {
  /** The groups */
  items!: AdminGroupDto[];

  /** Cursor of the next page; null on the last page */
  next_cursor!: string | null;
}
