import { endOfDay } from '../../api/end-of-day.ts';
import type { Schema } from '../../api/schema.ts';

/** What a person filled in. */
export interface ShareForm {
  path: string;
  users: string;
  groups: string;
  permission: 'read' | 'write';
  /** A date of the browser's calendar, `2030-01-31`, or nothing. */
  until: string;
  reason: string;
  awaitLogin: boolean;
}

/** The names in a text: by commas or spaces. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((name) => name !== ''))];
}

/** The request that a form describes. */
export function requestOf(form: ShareForm): Schema['ShareRequestDto'] {
  const [users, groups] = [namesIn(form.users), namesIn(form.groups)];
  const reason = form.reason.trim();
  return {
    path: form.path.trim(),
    permission: form.permission,
    ...(users.length > 0 ? { with_users: users } : {}),
    ...(groups.length > 0 ? { with_groups: groups } : {}),
    ...endOfDay(form.until),
    ...(reason === '' ? {} : { reason }),
    ...(form.awaitLogin ? { await_login: true } : {}),
  };
}
