import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { api, ask } from '../../api/client.ts';
import { Refusal } from '../../api/refusal.ts';
import { useAction } from '../../api/use-action.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { groupAddress } from '../../parts/names/links.tsx';
import { Problem } from '../../parts/problem.tsx';
import { words } from '../../words/en.ts';

/** Makes a group without members; they are added on its page, which follows. */
export function NewGroup({ onClose }: { onClose: () => void }) {
  const { route } = useLocation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [joinable, setJoinable] = useState(false);
  const make = useAction(async () => {
    const group = name.trim();
    const about = description.trim();
    const body = { joinable, ...(about === '' ? {} : { description: about }) };
    const params = { path: { group } };
    // otherwise the group of that name would be changed
    if ((await api.GET('/groups/{group}', { params })).response.ok)
      throw new Refusal({ code: 'name_taken', status: 409, detail: words.allGroups.taken(group) });
    await ask(api.POST('/groups/{group}', { params, body }));
    route(groupAddress(group));
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    make.run();
  };
  const { allGroups } = words;
  return (
    <Dialog title={allGroups.make} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <label>
          {allGroups.name}
          <input required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <p class="hint">{allGroups.nameHint}</p>
        <label>
          {allGroups.description}
          <input value={description} onInput={(event) => setDescription(event.currentTarget.value)} />
        </label>
        <label>
          <input
            type="checkbox"
            checked={joinable}
            onChange={(event) => setJoinable(event.currentTarget.checked)}
          />{' '}
          {allGroups.joinable}
        </label>
        <p>
          <button type="submit" disabled={make.isRunning}>
            {allGroups.make}
          </button>
        </p>
        {make.refusal && <Problem error={make.refusal} />}
      </form>
    </Dialog>
  );
}
