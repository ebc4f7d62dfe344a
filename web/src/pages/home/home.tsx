import { me } from '../../app/session.ts';
import { words } from '../../words/en.ts';
import { Ending } from './ending.tsx';
import { Keys } from './keys.tsx';
import { Place } from './place.tsx';
import { Waiting } from './waiting.tsx';

/** What is mine, what ends soon, and what waits for me. */
export default function Home() {
  const person = me.value;
  if (!person) return null;
  return (
    <>
      <h1>{words.home.title}</h1>
      <div class="cards">
        <Place person={person} />
        <Waiting person={person} />
        <Ending person={person} />
        <Keys person={person} />
      </div>
    </>
  );
}
