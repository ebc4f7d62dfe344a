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
];

/** Pages of administrators. */
export const ADMIN: readonly MenuEntry[] = [];
