import { api, ask } from '../../api/client.ts';
import { planOf } from '../../api/plan-of.ts';
import { useAction } from '../../api/use-action.ts';
import { useLoaded } from '../../api/use-loaded.ts';
import { words } from '../../words/en.ts';
import { Dialog } from '../dialog.tsx';
import { Loading } from '../loading.tsx';
import { Plan } from '../plan.tsx';
import { Problem } from '../problem.tsx';
import { EndShare } from '../shares/end-share.tsx';
import type { Ending } from './endings.ts';

/** Ends access, after showing what that does. */
export function EndAccess({ ending, onClose }: { ending: Ending; onClose: () => void }) {
  if (ending.kind === 'share') return <EndShare user={ending.owner} share={ending} onClose={onClose} />;
  return <EndGroupGrant group={ending.group} path={ending.path} onClose={onClose} />;
}

interface Props {
  group: string;
  path: string;
  onClose: () => void;
}

/** Takes one path from those that administrators gave the group. */
function EndGroupGrant({ group, path, onClose }: Props) {
  const end = async (dry_run: boolean) => {
    const params = { path: { group } };
    const reading = api.GET('/groups/{group}', { params });
    const { grants } = await ask(reading);
    // the list is replaced: not if somebody has changed it meanwhile
    const tag = (await reading).response.headers.get('etag') ?? undefined;
    const kept = grants
      .filter((each) => each.origin === 'group' && each.path !== path)
      .map(({ path: other, permission, expires_at: expires }) => ({
        ...{ path: other, permission },
        ...(expires === null ? {} : { expires_at: expires }),
      }));
    const header = tag === undefined ? {} : { 'if-match': tag };
    return ask(
      api.POST('/groups/{group}', {
        params: { ...params, query: { dry_run }, header },
        body: { grants: kept },
      }),
    );
  };
  const plan = useLoaded(async () => planOf(await end(true)), [group, path]);
  const act = useAction(async () => {
    await end(false);
    onClose();
  });
  return (
    <Dialog title={words.explorer.endGroupTitle} onClose={onClose}>
      <p>
        <code>{path}</code>: {words.kinds.group(group)}
      </p>
      <Loading from={plan}>
        {(changes) => (
          <>
            <Plan changes={changes} />
            <p class="row">
              <button type="button" disabled={act.isRunning} onClick={() => act.run()}>
                {words.shares.endNow}
              </button>
              <button type="button" class="quiet" onClick={onClose}>
                {words.cancel}
              </button>
            </p>
          </>
        )}
      </Loading>
      {act.refusal && <Problem error={act.refusal} />}
    </Dialog>
  );
}
