import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import type { Schema } from '../../api/schema.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { useWatch } from '../../api/use-watch.ts';
import { Loading } from '../../parts/loading.tsx';
import { provisionAddress } from '../../parts/names/links.tsx';
import { words } from '../../words/en.ts';
import { ActDialog } from './act.tsx';
import { type Act, actsOf } from './acts.ts';
import { Events, Parts } from './course.tsx';
import { Facts } from './facts.tsx';
import { State, underWay } from './states.tsx';

/** One provision: how it stands, what happened to it, and what can be done. It is followed until it is at rest. */
export default function Provision() {
  const id = useRoute().params['id'] ?? '';
  const { route } = useLocation();
  const [act, setAct] = useState<Act | undefined>();
  const provision = useLoaded(() => ask(api.GET('/provisions/{id}', { params: { path: { id } } })), [id]);
  const { value, reload } = provision;
  useWatch(reload, value && underWay(value), value);
  const done = (answer: Schema['ProvisionDto']): void => {
    setAct(undefined);
    if (answer.id === id) reload();
    else route(provisionAddress(answer.id));
  };
  return (
    <>
      <h1>{value ? `${value.kind} ${value.subject}` : words.pages.provisions}</h1>
      <Loading from={provision}>
        {(found) => (
          <>
            <section>
              <p class="row" role="status">
                <State {...found} />
                {underWay(found) !== undefined && <span class="faint">{words.provisions.live}</span>}
              </p>
              <Failure provision={found} />
              <p class="row">
                {actsOf(found).map((each) => (
                  <button key={each} type="button" class="quiet" onClick={() => setAct(each)}>
                    {words.provisions.acts[each]}
                  </button>
                ))}
              </p>
              <Facts provision={found} />
            </section>
            <Parts key={`${found.id} ${underWay(found)}`} id={found.id} />
            <Events events={found.events} />
            {act && <ActDialog provision={found} act={act} onDone={done} onClose={() => setAct(undefined)} />}
          </>
        )}
      </Loading>
    </>
  );
}

function Failure({
  provision: { error, error_code: code, discard_reason: reason },
}: {
  provision: Schema['ProvisionDto'];
}) {
  return (
    <>
      {error !== null && (
        <div class="problem">
          <p>
            {words.provisions.error}: {error} {code !== null && <code>{code}</code>}
          </p>
        </div>
      )}
      {reason !== null && <p>{words.provisions.discarded(reason)}</p>}
    </>
  );
}
