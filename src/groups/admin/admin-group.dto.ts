/** A group in the administrator's list. */
export class AdminGroupDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** What the group is for */
  description!: string | null;

  /** How many users are in it, readers and owners included; of `everyone`: 0, for it is not kept */
  member_count!: number;

  /** MinIO holds what this service wants it to hold */
  enforced!: boolean;
}

/** A page of groups, sorted by name. */
export class AdminGroupPageDto {
  /** The groups */
  items!: AdminGroupDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}
