import { words } from '../words/en.ts';

/** A page of the menu. Its address never changes: people keep links to it. */
export interface MenuEntry {
  path: string;
  title: string;
}

/** Pages of everybody. */
export const PEOPLE: readonly MenuEntry[] = [
  { path: '/ui/', title: words.pages.home },
  { path: '/ui/connect', title: words.pages.connect },
  { path: '/ui/shares', title: words.pages.shares },
  { path: '/ui/who', title: words.pages.who },
  { path: '/ui/requests', title: words.pages.requests },
  { path: '/ui/groups', title: words.pages.groups },
  { path: '/ui/paths', title: words.pages.paths },
  { path: '/ui/runs', title: words.pages.runs },
  { path: '/ui/approvals', title: words.pages.approvals },
];

/** Pages of administrators. */
export const ADMIN: readonly MenuEntry[] = [
  { path: '/ui/admin/overview', title: words.pages.overview },
  { path: '/ui/admin/users', title: words.pages.users },
  { path: '/ui/admin/groups', title: words.pages.allGroups },
  { path: '/ui/admin/access', title: words.pages.access },
  { path: '/ui/admin/provisions', title: words.pages.provisions },
  { path: '/ui/admin/data-products', title: words.pages.products },
  { path: '/ui/admin/drift', title: words.pages.drift },
  { path: '/ui/admin/audit', title: words.pages.audit },
  { path: '/ui/providers', title: words.pages.providers },
];
