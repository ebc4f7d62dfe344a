import { type ComponentType } from 'preact';
import { lazy } from 'preact-iso';

/** Each address and its page, which is loaded when somebody goes there. */
export const ROUTES: readonly { path: string; page: ComponentType; isAdmin?: boolean }[] = [
  { path: '/ui/', page: lazy(() => import('../pages/home/home.tsx')) },
  { path: '/ui/connect', page: lazy(() => import('../pages/connect/connect.tsx')) },
];
