import { Fleet, ask, bodyOf } from '../../support/service/fleet.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Answer, Service } from '../../support/service/service.js';
import type { Credential } from '../../support/access/probe.js';
import { DISABLED, GONE, Truth } from '../../support/access/truth.js';

const ROUNDS = 6;

/** What was answered, and when the call began and the answer came. */
interface Timed {
  answer: Answer;
  began: number;
  came: number;
}

(hasPostgres() ? describe : describe.skip)(
  'what ends credentials, racing with logins through two processes',
  () => {
    let fleet: Fleet;
    let truth: Truth;
    let services: [Service, Service];
    let neighbour: string;

    beforeAll(async () => {
      fleet = await Fleet.start('PostgreSQL');
      truth = new Truth(fleet.minio);
      services = [(await fleet.add()).service, (await fleet.add()).service];
      neighbour = fleet.person('neighbour');
      await bodyOf(ask.pair(services[0], neighbour), 201);
    });
    afterAll(async () => {
      await truth.close();
      await fleet.stop();
    });

    const at = (index: number): Service => services[index % 2] as Service;

    it('delete and logins: the user ends deleted, or created anew and whole, and inherits nothing', async () => {
      const endings = { gone: 0, anew: 0 };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const user = fleet.person('doomed');
        const held = [await bodyOf(ask.pair(at(0), user), 201), await bodyOf(ask.session(at(1), user), 201)];
        if (round % 3 === 1) held.push(await bodyOf(ask.accessKey(at(0), user), 201));
        const logins = stream(12, (index) =>
          index % 3 === 0 ? ask.pair(at(index), user) : ask.session(at(index), user),
        );
        const removed = await timed(() => ask.remove(at(round), user));
        const answers = (await logins).map(({ answer }) => answer);
        expect(removed.answer.status).toBe(204);
        for (const { status, body } of answers) {
          if (status === 409) expect(body.code).toBe('user_being_removed');
          else expect([200, 201]).toContain(status);
        }
        for (const old of held) expect(await truth.lives(old, user)).toBe(false);
        const issued = answers.filter(({ status }) => status !== 409).map(({ body }) => body as Credential);
        if ((await ask.user(at(round), user)).status === 404) {
          endings.gone += 1;
          expect(await truth.state(user)).toBe(GONE);
          for (const each of issued) expect(await truth.lives(each, user)).toBe(false);
        } else {
          endings.anew += 1;
          const now = await bodyOf(ask.pair(at(0), user, { rotate: false }), 200);
          await truth.expectWhole(at(1), user, now, neighbour);
          const stale = issued.filter(
            ({ secret_key, session_token }) => !session_token && secret_key !== now.secret_key,
          );
          for (const each of stale) expect(await truth.lives(each, user)).toBe(false);
        }
      }
      console.log(
        `delete racing with logins: ${endings.gone} times gone, ${endings.anew} times created anew`,
      );
    });

    it('disable and sessions: once it is answered no session works, nor after the user is enabled again', async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const user = fleet.person('suspended');
        await bodyOf(ask.pair(at(0), user), 201);
        const logins = stream(20, (index) => ask.session(at(index), user));
        const disabled = await timed(() => ask.disable(at(round), user));
        expect(disabled.answer.status).toBe(200);
        const answers = await logins;
        for (const { answer, began } of answers) {
          if (answer.status === 403) expect(answer.body.code).toBe('user_disabled');
          else
            expect({ status: answer.status, late: began > disabled.came }).toEqual({
              status: 201,
              late: false,
            });
        }
        const sessions = answers
          .filter(({ answer }) => answer.status === 201)
          .map(({ answer }) => answer.body as Credential);
        expect(await living(sessions, user)).toBe(0);
        expect(await truth.state(user)).toBe(DISABLED(user));
        await bodyOf(ask.enable(at(round + 1), user), 200);
        expect(await living(sessions, user)).toBe(0);
        expect(await truth.use(await bodyOf(ask.session(at(round), user), 201), user)).toBe('ok');
      }
    });

    it('end of sessions and sessions: those from before are dead, those from after work', async () => {
      let across = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const user = fleet.person('restless');
        await bodyOf(ask.pair(at(0), user), 201);
        const before = await stream(6, (index) => ask.session(at(index), user));
        const logins = stream(20, (index) => ask.session(at(index), user));
        await pause(10);
        const ended = await timed(() => ask.endSessions(at(round), user));
        expect(ended.answer.status).toBe(204);
        const after = await stream(6, (index) => ask.session(at(index), user));
        // asked for while the sessions were ended, answered afterwards: minted anew
        const during = (await logins).filter(({ came }) => came > ended.came);
        across += during.length;
        for (const { answer } of [...before, ...(await logins), ...after]) expect(answer.status).toBe(201);
        expect({
          before: await living(bodiesOf(before), user),
          during: await living(bodiesOf(during), user),
          after: await living(bodiesOf(after), user),
        }).toEqual({ before: 0, during: during.length, after: 6 });
      }
      console.log(`end of sessions racing with sessions: ${across} were asked for before and answered after`);
    });

    async function living(credentials: Credential[], user: string): Promise<number> {
      return (await Promise.all(credentials.map((each) => truth.lives(each, user)))).filter(Boolean).length;
    }
  },
);

function bodiesOf(answers: Timed[]): Credential[] {
  return answers.map(({ answer }) => answer.body as Credential);
}

/** Calls that begin one after another, two milliseconds apart, whether or not the ones before are answered. */
async function stream(count: number, call: (index: number) => Promise<Answer>): Promise<Timed[]> {
  const begun: Promise<Timed>[] = [];
  for (let index = 0; index < count; index += 1) {
    begun.push(timed(() => call(index)));
    await pause(2);
  }
  return Promise.all(begun);
}

async function timed(call: () => Promise<Answer>): Promise<Timed> {
  const began = performance.now();
  const answer = await call();
  return { answer, began, came: performance.now() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
