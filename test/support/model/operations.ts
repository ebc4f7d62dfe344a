export const ROLES = ['member', 'reader', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** A path that is shared or granted: segments below the bucket; `folder`: written with a slash at the end. */
export interface Place {
  segments: string[];
  folder: boolean;
}

/** Access that a request gives. `expiresInMs` counts from the moment the request is sent. */
export interface Wish extends Place {
  write: boolean;
  expiresInMs?: number;
}

/** Members of a role by name; a role that is left out stays as it is. */
export type Lists = Partial<Record<Role, string[]>>;

/** One step. `by`: who asks, where it is not always the same: a user or the administrator. */
export type Operation =
  | {
      kind: 'login' | 'rotate' | 'session' | 'end_sessions' | 'disable' | 'enable' | 'remove_user';
      user: string;
    }
  | { kind: 'share'; by: string; owner: string; wish: Wish; users: string[]; groups: string[] }
  /** Neither users nor groups: from everybody. */
  | { kind: 'unshare'; by: string; owner: string; place: Place; users: string[]; groups: string[] }
  | { kind: 'save_group'; by: string; group: string; lists: Lists; grants?: Wish[] }
  | { kind: 'join'; by: string; group: string; user: string; role: Role }
  | { kind: 'leave'; by: string; group: string; user: string }
  | { kind: 'remove_group'; group: string }
  /** Waits until every grant that ends soon has ended. */
  | { kind: 'expire' };

export const ADMIN = 'admin';
export const EVERYONE = 'everyone';
/** `alice2` starts as `alice` does; `al` is too short for MinIO, which knows it by another name. */
export const USERS = ['alice', 'alice2', 'bob', 'carol', 'dave', 'al'];
export const GROUPS = ['KBase', 'Science', 'BER'];

export const home = (user: string): string[] => ['users-warehouse', user];
