/** A user or group that a directory has made or changed by SCIM. */
export interface ScimResourceTable {
  subject_id: string;
  /** The directory's own name for it. */
  external_id: string | null;
  /** The session epoch that the user got when the directory disabled it: it has changed if somebody disabled the user afterwards. */
  disabled_epoch: number | null;
}
