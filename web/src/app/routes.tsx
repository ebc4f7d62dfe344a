import { type ComponentType } from 'preact';
import { lazy } from 'preact-iso';

const Access = lazy(() => import('../admin/access/access.tsx'));
const Group = lazy(() => import('../pages/groups/group.tsx'));
const Groups = lazy(() => import('../pages/groups/groups.tsx'));
const Provisions = lazy(() => import('../admin/provisions/provisions.tsx'));
const Requests = lazy(() => import('../pages/requests/requests.tsx'));
const Runs = lazy(() => import('../pages/runs/runs.tsx'));
const Shares = lazy(() => import('../pages/shares/shares.tsx'));

/** Each address and its page, which is loaded when somebody goes there. */
export const ROUTES: readonly { path: string; page: ComponentType; isAdmin?: boolean }[] = [
  { path: '/ui/', page: lazy(() => import('../pages/home/home.tsx')) },
  { path: '/ui/connect', page: lazy(() => import('../pages/connect/connect.tsx')) },
  { path: '/ui/shares', page: Shares },
  { path: '/ui/shares/received', page: Shares },
  { path: '/ui/who', page: lazy(() => import('../pages/who/who.tsx')) },
  { path: '/ui/requests', page: Requests },
  { path: '/ui/requests/to-decide', page: Requests },
  { path: '/ui/groups', page: Groups },
  { path: '/ui/groups/joinable', page: Groups },
  { path: '/ui/groups/of/:group', page: Group },
  { path: '/ui/paths', page: lazy(() => import('../pages/paths/paths.tsx')) },
  { path: '/ui/paths/:provider/:workflow', page: lazy(() => import('../pages/paths/path.tsx')) },
  { path: '/ui/runs', page: Runs },
  { path: '/ui/runs/all', page: Runs },
  { path: '/ui/runs/of/:id', page: lazy(() => import('../pages/runs/run.tsx')) },
  { path: '/ui/approvals', page: lazy(() => import('../pages/approvals/approvals.tsx')) },
  { path: '/ui/providers', page: lazy(() => import('../pages/providers/providers.tsx')) },
  { path: '/ui/providers/of/:name', page: lazy(() => import('../pages/providers/provider.tsx')) },
  { path: '/ui/admin/overview', page: lazy(() => import('../admin/overview/overview.tsx')), isAdmin: true },
  { path: '/ui/admin/users', page: lazy(() => import('../admin/users/users.tsx')), isAdmin: true },
  { path: '/ui/admin/users/of/:user', page: lazy(() => import('../admin/users/user.tsx')), isAdmin: true },
  { path: '/ui/admin/groups', page: lazy(() => import('../admin/groups/groups.tsx')), isAdmin: true },
  { path: '/ui/admin/groups/of/:group', page: Group, isAdmin: true },
  { path: '/ui/admin/access', page: Access, isAdmin: true },
  { path: '/ui/admin/access/user', page: Access, isAdmin: true },
  { path: '/ui/admin/access/check', page: Access, isAdmin: true },
  { path: '/ui/admin/provisions', page: Provisions, isAdmin: true },
  { path: '/ui/admin/provisions/dead-letters', page: Provisions, isAdmin: true },
  {
    path: '/ui/admin/provisions/of/:id',
    page: lazy(() => import('../admin/provisions/provision.tsx')),
    isAdmin: true,
  },
  {
    path: '/ui/admin/data-products',
    page: lazy(() => import('../admin/data-products/products.tsx')),
    isAdmin: true,
  },
  {
    path: '/ui/admin/data-products/of/:product',
    page: lazy(() => import('../admin/data-products/product.tsx')),
    isAdmin: true,
  },
  { path: '/ui/admin/drift', page: lazy(() => import('../admin/drift/drift.tsx')), isAdmin: true },
  { path: '/ui/admin/audit', page: lazy(() => import('../admin/audit/audit.tsx')), isAdmin: true },
];
