import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words/en.ts';

const STATUSES = ['active', 'disabled', 'suspended', 'removing'] as const;
const SORTS = ['name', '-last_seen', 'last_seen', '-created', 'created'] as const;

/** Which users are asked for, and in which order. */
export interface UserFilter {
  q: string | undefined;
  status: (typeof STATUSES)[number] | undefined;
  sort: (typeof SORTS)[number];
}

/** The filter in an address. */
export function filterOf(query: Record<string, string | undefined>): UserFilter {
  return {
    q: query['q'],
    status: STATUSES.find((each) => each === query['status']),
    sort: SORTS.find((each) => each === query['sort']) ?? 'name',
  };
}

/** Chooses which users are shown, and their order. */
export function Filters({ filter }: { filter: UserFilter }) {
  const { route } = useLocation();
  const { q = '', status = '', sort } = filter;
  const [form, setForm] = useState<{ q: string; status: string; sort: string }>({ q, status, sort });
  useEffect(() => setForm({ q, status, sort }), [q, status, sort]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = Object.entries({ ...form, q: form.q.trim() }).filter(
      ([, value]) => value !== '' && value !== 'name',
    );
    route(`/ui/admin/users?${new URLSearchParams(given).toString()}`);
  };
  const field = (name: 'q' | 'status' | 'sort') => ({
    value: form[name],
    onInput: (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      setForm({ ...form, [name]: event.currentTarget.value }),
  });
  const { users, shares, audit } = words;
  return (
    <form class="card filters" onSubmit={submit}>
      <label>
        {users.name}
        <input {...field('q')} />
      </label>
      <label>
        {shares.state}
        <select {...field('status')}>
          <option value="">{users.any}</option>
          {STATUSES.map((each) => (
            <option key={each} value={each}>
              {users.states[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.allGroups.sort}
        <select {...field('sort')}>
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {users.sorts[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{audit.filter}</button>
    </form>
  );
}
