/** Problems of every call that issues credentials of a user. */
export const CREDENTIAL_PROBLEMS = [
  'user_disabled',
  'user_being_removed',
  'user_not_adopted',
  'storage_error',
  'storage_unavailable',
  'busy',
] as const;
