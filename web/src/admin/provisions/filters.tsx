import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../words/en.ts';
import { STATUSES } from './states.tsx';

const ORIGINS = ['api', 'webhook', 'role', 'schedule', 'reconcile', 'workflow', 'plan'] as const;

/** Which provisions are asked for; what is undefined matches all. */
export interface ProvisionFilter {
  status: (typeof STATUSES)[number] | undefined;
  kind: string | undefined;
  subject: string | undefined;
  origin: (typeof ORIGINS)[number] | undefined;
  correlation_id: string | undefined;
}

/** The filter in an address. */
export function filterOf(query: Record<string, string | undefined>): ProvisionFilter {
  return {
    status: STATUSES.find((each) => each === query['status']),
    kind: query['kind'],
    subject: query['subject'],
    origin: ORIGINS.find((each) => each === query['origin']),
    correlation_id: query['correlation_id'],
  };
}

/** Chooses which provisions are shown. */
export function Filters({ filter }: { filter: ProvisionFilter }) {
  const { route } = useLocation();
  const [form, setForm] = useState<Record<string, string | undefined>>({ ...filter });
  useEffect(() => setForm({ ...filter }), [JSON.stringify(filter)]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = new URLSearchParams();
    for (const [name, value = ''] of Object.entries(form))
      if (value.trim() !== '') given.set(name, value.trim());
    route(`/ui/admin/provisions?${given.toString()}`);
  };
  const field = (name: 'status' | 'origin' | 'kind' | 'subject') => ({
    value: form[name] ?? '',
    onInput: (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      setForm({ ...form, [name]: event.currentTarget.value }),
  });
  const { provisions, shares, users, audit } = words;
  return (
    <form class="card filters" onSubmit={submit}>
      <label>
        {shares.state}
        <select {...field('status')}>
          <option value="">{users.any}</option>
          {STATUSES.map((each) => (
            <option key={each} value={each}>
              {provisions.states[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {provisions.kind}
        <input {...field('kind')} />
      </label>
      <label>
        {provisions.subject}
        <input placeholder="user:alice" {...field('subject')} />
      </label>
      <label>
        {provisions.origin}
        <select {...field('origin')}>
          <option value="">{users.any}</option>
          {ORIGINS.map((each) => (
            <option key={each} value={each}>
              {provisions.origins[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{audit.filter}</button>
    </form>
  );
}
