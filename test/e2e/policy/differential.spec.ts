import { MadminClient } from '../../../src/madmin/client.js';
import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { type AccessRequest, evaluatorOf } from '../../../src/policy/evaluate.js';
import { type MinioServer, startMinio } from '../../support/servers/minio.js';
import { S3 } from '../../support/access/s3.js';
import { Chance } from './chance.js';
import { questionsOf, type Request, served } from './operations.js';
import { BUCKETS, requestNear, type World, worldOf } from './worlds.js';

/** Another seed each time, so that every run tries something new; a failure names it, and this variable repeats it. */
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? Date.now() % 1_000_000_007);
/** With far fewer not every mistake below is met. */
const CASES = Number(process.env.DIFFERENTIAL_CASES ?? 2000);
const CASES_A_WORLD = 50;
const IN_FLIGHT = 16;
const secretKey = 'a-secret-of-the-worlds';

type Evaluate = (documents: readonly PolicyDocument[]) => (request: AccessRequest) => boolean;

/** One request of one user, and what the server said to it. */
interface Case {
  world: World;
  request: Request;
  questions: AccessRequest[][];
  server: boolean;
}

/** An evaluator that reads the documents of a world once, each statement as `read` reads it (nothing: not at all). */
function reading(read: (statement: PolicyStatement) => PolicyStatement | undefined): Evaluate {
  const known = new WeakMap<readonly PolicyDocument[], ReturnType<Evaluate>>();
  return (documents) => {
    const found = known.get(documents);
    if (found) return found;
    const evaluator = evaluatorOf(
      documents.map((document) => ({
        ...document,
        Statement: document.Statement.flatMap((s) => read(s) ?? []),
      })),
    );
    const made = (request: AccessRequest) => evaluator(request).allowed;
    known.set(documents, made);
    return made;
  };
}

const ours = reading((statement) => statement);

/** The cases in which an evaluator says something else than the server did. */
function differences(cases: readonly Case[], evaluate: Evaluate): object[] {
  return cases.flatMap(({ world, request, questions, server }) => {
    const evaluated = answerOf(world, questions, evaluate);
    return evaluated === server ? [] : [{ user: world.user, request, server, evaluated }];
  });
}

function answerOf({ documents }: World, questions: AccessRequest[][], evaluate: Evaluate): boolean {
  const allowed = evaluate(documents);
  return questions.every((group) => group.some(allowed));
}

const all = (set: PolicyStatement['Resource']) => [set ?? []].flat();
const siblings = (path: string) => path.replace(/\/\*$/, '*');

/** Evaluators with a mistake, told by how they read a statement. */
const MISTAKES: Record<string, Evaluate> = {
  'a list that forgets the slash': reading((s) => {
    const Condition = Object.entries(s.Condition ?? {}).map(([operator, keys]) => {
      const prefixes = [keys['s3:prefix'] ?? []].flat().map(String);
      return [operator, operator.endsWith('StringLike') ? { 's3:prefix': prefixes.map(siblings) } : keys];
    });
    return s.Condition ? { ...s, Condition: Object.fromEntries(Condition) } : s;
  }),
  'one of several prefixes is enough': reading(
    ({ Condition: { 'ForAllValues:StringLike': _, ...Condition } = {}, ...s }) => ({ ...s, Condition }),
  ),
  'no prefix is enough': reading(({ Condition: { StringLike, ...Condition } = {}, ...s }) =>
    s.Effect === 'Allow' && StringLike
      ? { ...s, Condition }
      : { ...s, Condition: { ...Condition, ...(StringLike && { StringLike }) } },
  ),
  'a path that reaches its siblings': reading((s) =>
    s.Resource ? { ...s, Resource: all(s.Resource).map(siblings) } : s,
  ),
  'no Deny': reading((s) => (s.Effect === 'Deny' ? undefined : s)),
  'no dates': reading(({ Condition: { DateLessThan: _, ...Condition } = {}, ...s }) => ({ ...s, Condition })),
  'no conditions': reading(({ Condition: _, ...s }) => s),
  'read that also writes': reading((s) =>
    String(s.Action) === 's3:GetObject,s3:GetObjectTagging' ? { ...s, Action: 's3:*' } : s,
  ),
  'no tags': reading((s) =>
    s.Effect === 'Deny' || !s.Action
      ? s
      : { ...s, Action: all(s.Action).filter((action) => action !== 's3:PutObjectTagging') },
  ),
  'no exact keys': reading((s) => {
    const Resource = all(s.Resource).filter((arn) => /\*$|:::[^/]*$/.test(arn));
    return Resource.length > 0 ? { ...s, Resource } : undefined;
  }),
  'a name prefix that is a folder': reading((s) =>
    s.Effect === 'Allow' && s.Resource
      ? { ...s, Resource: all(s.Resource).map((arn) => arn.replace(/([^/:])\*$/, '$1/*')) }
      : s,
  ),
  'any bucket': reading((s) =>
    s.Resource ? { ...s, Resource: all(s.Resource).map((arn) => arn.replace(/:::[^/]*/, ':::*')) } : s,
  ),
};

describe(`the evaluator and a real MinIO (DIFFERENTIAL_SEED=${SEED} DIFFERENTIAL_CASES=${CASES})`, () => {
  const chance = new Chance(SEED);
  const cases: Case[] = [];
  let minio: MinioServer;
  let admin: MadminClient;

  beforeAll(
    async () => {
      minio = await startMinio();
      admin = new MadminClient(minio);
      const root = new S3(minio);
      for (const bucket of BUCKETS) await root.createBucket(bucket);
      root.close();
      for (let n = 0; cases.length < CASES; n++) cases.push(...(await casesOf(worldOf(chance, n))));
    },
    60_000 + 50 * CASES,
  );

  afterAll(async () => {
    await admin?.close();
    await minio?.remove();
  });

  async function casesOf(world: World): Promise<Case[]> {
    const client = await admit(world);
    const requests = Array.from({ length: CASES_A_WORLD }, () => balanced(world));
    const answered: Case[] = [];
    const worker = async () => {
      for (let next = requests.pop(); next; next = requests.pop()) {
        const server = await served(client.client, next.request);
        answered.push({ ...next, world, server });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    client.close();
    return answered;
  }

  /** A request near a border; by turns one that should be allowed and one that should not, as far as one is found. */
  function balanced(world: World): Pick<Case, 'request' | 'questions'> {
    const wanted = chance.yes();
    for (let attempt = 0; ; attempt++) {
      const request = requestNear(chance, world);
      const questions = questionsOf(request, { now: new Date(), userName: world.user });
      if (attempt > 8 || answerOf(world, questions, ours) === wanted) return { request, questions };
    }
  }

  /** The user of a world as the service would make it: own documents mapped to the user, the others by groups; pair or session. */
  async function admit({ user, own, groups, session }: World): Promise<S3> {
    const access = { accessKey: user, secretKey };
    await admin.users.add(user, { secretKey });
    await admin.policies.set(await put(`mgr:user:${user}`, own), { user });
    for (const [group, documents] of groups.entries()) {
      const name = `${user}-group${group}`;
      await admin.groups.addMembers(name, [user]);
      await admin.policies.set(await put(`mgr:group:${name}`, documents), { group: name });
    }
    return new S3({ endpoint: minio.endpoint, ...(session ? await admin.sts.assumeRole(access) : access) });
  }

  async function put(name: string, documents: readonly PolicyDocument[]): Promise<string[]> {
    const names = documents.map((_, shard) => `${name}:${shard}`);
    for (const [shard, document] of documents.entries())
      await admin.policies.put(names[shard] as string, document);
    return names;
  }

  it('agree on every request', () => {
    expect(cases.length).toBeGreaterThanOrEqual(CASES);
    expect(differences(cases, ours).slice(0, 5)).toEqual([]);
  });

  it('were asked for both verdicts, and by every operation', () => {
    const allowed = cases.filter(({ server }) => server).length / cases.length;
    expect(allowed).toBeGreaterThan(0.3);
    expect(allowed).toBeLessThan(0.7);
    const operations = cases.map(({ request, server }) => `${request.operation} ${server}`);
    for (const operation of [
      'GetObject',
      'PutObject',
      'DeleteObject',
      'ListObjectsV2',
      'CopyObject',
      'UploadPart',
    ]) {
      expect(operations).toContain(`${operation} true`);
      expect(operations).toContain(`${operation} false`);
    }
  });

  it.each(Object.keys(MISTAKES))('would not agree if the evaluator had this mistake: %s', (name) => {
    expect(differences(cases, MISTAKES[name] as Evaluate).length).toBeGreaterThan(0);
  });
});
