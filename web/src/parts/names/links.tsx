import { words } from '../../words/en.ts';

/** The address of a user's page, for administrators. */
export function userAddress(name: string): string {
  return `/ui/admin/users/of/${encodeURIComponent(name)}`;
}

/** The address of a group's page among all groups, for administrators. */
export function groupAddress(name: string): string {
  return `/ui/admin/groups/of/${encodeURIComponent(name)}`;
}

/** The address of a provision's page. */
export function provisionAddress(id: string): string {
  return `/ui/admin/provisions/of/${encodeURIComponent(id)}`;
}

/** The address of a data product's page. */
export function productAddress(id: string): string {
  return `/ui/admin/data-products/of/${encodeURIComponent(id)}`;
}

/** The address of the answer to who reaches a path, or anything below it. */
export function pathAddress(path: string): string {
  return `/ui/admin/access?path=${encodeURIComponent(path)}&below=true`;
}

/** The address of what happened to something; every filter is optional. */
export function eventsAddress(filter: { subject?: string; actor?: string; action?: string }): string {
  return `/ui/admin/audit?${new URLSearchParams(filter).toString()}`;
}

/** Leads to the audit entries of a user, a group or another subject. */
export function EventsLink({ subject, action }: { subject: string; action?: string }) {
  const filter = action === undefined ? { subject } : { subject, action };
  return (
    <a href={eventsAddress(filter)} aria-label={words.explorer.eventsOf(subject)}>
      {words.users.events}
    </a>
  );
}

/** A user or a group; for administrators, it leads there. */
export function GranteeName({ kind, name, isLink }: { kind: string; name: string; isLink: boolean }) {
  if (kind !== 'user' && kind !== 'group') return <>{name}</>;
  const text = words.kinds[kind](name);
  // who everyone is, no page could show
  if (!isLink || (kind === 'group' && name === 'everyone')) return <>{text}</>;
  return <a href={kind === 'user' ? userAddress(name) : groupAddress(name)}>{text}</a>;
}
