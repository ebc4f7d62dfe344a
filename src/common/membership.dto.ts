/** A person's role in a group. */
export class MembershipDto {
  /**
   * Name of the group
   * @example "KBase"
   */
  group_name!: string;

  /** What the person may do in the group */
  role!: 'member' | 'reader' | 'owner';
}
