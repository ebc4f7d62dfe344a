import type { Schema } from '../../api/schema.ts';
import { EventsLink, GranteeName, productAddress, provisionAddress } from '../../parts/names/links.tsx';
import { Time } from '../../parts/time.tsx';
import { formatNumber } from '../../words/format.ts';
import { words } from '../../words/en.ts';

type Provision = Schema['ProvisionDetailDto'];

/** What a provision is about, who asked for it, and what came of it. */
export function Facts({ provision }: { provision: Provision }) {
  const { provisions } = words;
  return (
    <>
      <dl>
        <dt>{provisions.subject}</dt>
        <dd>
          <Subject subject={provision.subject} />
        </dd>
        <dt>{provisions.by}</dt>
        <dd>
          {provision.requested_by} <span class="faint">({provisions.origins[provision.origin]})</span>
        </dd>
        <dt>{provisions.since}</dt>
        <dd>
          <Time at={provision.created_at} />
        </dd>
        <Timing provision={provision} />
        <Relations provision={provision} />
        <dt>{provisions.id}</dt>
        <dd>
          <code>{provision.id}</code>
        </dd>
      </dl>
      <Json title={provisions.input} value={provision.input} />
      {provision.result !== null && <Json title={provisions.result} value={provision.result} />}
    </>
  );
}

/** Leads to the user, group or data product, and to the audit entries about it. */
function Subject({ subject }: { subject: string }) {
  const colon = subject.indexOf(':');
  const [kind, name] = [subject.slice(0, colon), subject.slice(colon + 1)];
  return (
    <>
      {kind === 'user' || kind === 'group' ? (
        <>
          <GranteeName {...{ kind, name }} isLink /> <EventsLink subject={name} />
        </>
      ) : kind === 'data_product' ? (
        <a href={productAddress(name)}>{subject}</a>
      ) : (
        <code>{subject}</code>
      )}
    </>
  );
}

function Timing({ provision }: { provision: Provision }) {
  const { provisions } = words;
  const { attempts, max_attempts: most, status, due_at: due, provisioned_at: done, progress } = provision;
  const tried = formatNumber(attempts);
  return (
    <>
      <dt>{provisions.attempts}</dt>
      <dd>
        {most === null ? provisions.attemptsAlways(tried) : provisions.attemptsOf(tried, formatNumber(most))}
      </dd>
      {status === 'pending' && attempts > 0 && (
        <>
          <dt>{provisions.next}</dt>
          <dd>
            <Time at={due} />
          </dd>
        </>
      )}
      {done !== null && (
        <>
          <dt>{provisions.done}</dt>
          <dd>
            <Time at={done} />
          </dd>
        </>
      )}
      {progress && (
        <>
          <dt>{provisions.progress}</dt>
          <dd>
            {Object.entries(progress)
              .map(([name, count]) => `${name}: ${formatNumber(count)}`)
              .join(', ')}
          </dd>
        </>
      )}
    </>
  );
}

/** The provisions that this one has to do with. */
function Relations({ provision }: { provision: Provision }) {
  const { provisions } = words;
  const { parent_id: parent, redriven_from: repeats, correlation_id: correlation } = provision;
  const others = [
    { title: provisions.partOf, id: parent },
    { title: provisions.repeats, id: repeats },
  ];
  return (
    <>
      {others.map(
        ({ title, id }) =>
          id !== null && (
            <>
              <dt>{title}</dt>
              <dd>
                <a href={provisionAddress(id)}>
                  <code>{id}</code>
                </a>
              </dd>
            </>
          ),
      )}
      <dt>{provisions.related}</dt>
      <dd>
        <a href={`/ui/admin/provisions?correlation_id=${encodeURIComponent(correlation)}`}>
          {provisions.relatedLink}
        </a>
      </dd>
    </>
  );
}

function Json({ title, value }: { title: string; value: object }) {
  return (
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} aria-label={title}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}
