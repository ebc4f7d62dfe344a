import { MissingThings, type Thing } from '../../common/problems/missing-things.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import type { KubernetesTarget } from '../../config/targets.js';
import type { JsonObject } from '../../documents/model.js';
import { Discovery } from './discovery.js';
import { type KubernetesCall, KubernetesHttp } from './kubernetes-http.js';
import { contentsOf } from './namespaces.js';
import { FIELD_MANAGER, type KubernetesObject, type ObjectName } from './object.js';
import { terminationMessage } from './pods.js';
import { SecretObjects } from './secret-objects.js';

/** An object, and where it is. */
export interface Located {
  name: ObjectName;
  /** Such as `/api/v1/namespaces/lab/configmaps/settings`. */
  path: string;
}

/** For people: `ConfigMap lab/settings`. */
export function shownName({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** One Kubernetes, as this service uses it. */
export class Kubernetes {
  readonly name: string;
  readonly secrets: SecretObjects;
  readonly #http: KubernetesHttp;
  readonly #discovery: Discovery;

  constructor(target: KubernetesTarget) {
    this.name = target.name;
    this.#http = new KubernetesHttp(target);
    this.#discovery = new Discovery(this.#http);
    this.secrets = new SecretObjects(this.#http);
  }

  /** Whether the server has this kind of objects. */
  async knows({ apiVersion, kind }: ObjectName): Promise<boolean> {
    return (await this.#discovery.find(apiVersion, kind)) !== undefined;
  }

  /** Where an object is. Throws a broken rule if there is no such kind, or if it needs a namespace or has none. */
  async locate(object: ObjectName): Promise<Located> {
    const { apiVersion, kind, namespace, name } = object;
    const resource = await this.#discovery.find(apiVersion, kind);
    if (!resource) {
      const problem = brokenRule('kind', `the Kubernetes ${this.name} has no ${kind} of ${apiVersion}`);
      throw new MissingThings(problem, [this.kindThing(apiVersion.split('/').slice(0, -1).join(), kind)]);
    }
    if (resource.namespaced && namespace === undefined)
      throw brokenRule('namespace', `must be set for ${shownName(object)}`);
    // otherwise the object would be judged by a namespace in which it is not
    if (!resource.namespaced && namespace !== undefined)
      throw brokenRule('namespace', `must not be set for ${kind} ${name}, which is of the whole cluster`);
    const folder = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    return { name: object, path: `${resource.root}${folder}/${resource.plural}/${encodeURIComponent(name)}` };
  }

  /** Undefined: it does not exist. */
  async read({ path, name }: Located): Promise<KubernetesObject | undefined> {
    const call = { method: 'GET', path, doing: `reading ${shownName(name)}`, also: [404] } as const;
    const { status, body } = await this.#http.call(call);
    return status === 404 ? undefined : (body as unknown as KubernetesObject);
  }

  /** A namespace, as steps name it to each other. */
  namespaceThing(name: string): Thing {
    return { kind: 'namespace', name: `${name} of ${this.name}` };
  }

  /** A kind of objects, as steps name it to each other. */
  kindThing(group: string, kind: string): Thing {
    return { kind: 'kubernetes_kind', name: `${kind}.${group} of ${this.name}` };
  }

  /** Server-side apply. Never takes a field from somebody else: that is refused. Throws `MissingThings` without its namespace. */
  async apply(
    { path, name }: Located,
    manifest: JsonObject,
    { dryRun = false } = {},
  ): Promise<{ object: KubernetesObject; created: boolean }> {
    const query = `fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    const call: KubernetesCall = {
      ...{ method: 'PATCH', path: `${path}?${query}`, doing: `applying ${shownName(name)}` },
      ...{ body: manifest, type: 'application/apply-patch+yaml', also: [404] },
    };
    const { status, body } = await this.#http.call(call);
    if (status === 404) throw this.missing(name);
    return { object: body as unknown as KubernetesObject, created: status === 201 };
  }

  /** Removes the object with this uid, and none that has only its name. Tells why nothing was removed. It may still be there for a while. */
  async remove(
    { path, name }: Located,
    uid: string,
    { dryRun = false } = {},
  ): Promise<'removed' | 'absent' | 'another'> {
    const { status } = await this.#http.call({
      ...{ method: 'DELETE', path, doing: `removing ${shownName(name)}`, also: [404, 409] },
      // with a body, the server does not look at the query
      body: { propagationPolicy: 'Background', preconditions: { uid }, ...(dryRun && { dryRun: ['All'] }) },
    });
    if (status === 404) return 'absent';
    return status === 409 ? 'another' : 'removed';
  }

  /** An object, as steps name it to each other. */
  objectThing({ apiVersion, kind, namespace = '', name }: ObjectName): Thing {
    const group = apiVersion.split('/').slice(0, -1).join();
    return { kind: 'kubernetes_object', name: `${kind}.${group} ${namespace}/${name} of ${this.name}` };
  }

  /** Why a namespace is not empty; undefined: it is, or has only what `isGone` says of. */
  contentsOf(namespace: string, isGone?: (object: ObjectName) => boolean): Promise<string | undefined> {
    return contentsOf(this.#http, this.#discovery, namespace, isGone);
  }

  /** What the last program of a Job wrote before it ended; see {@link terminationMessage}. */
  messageOf(namespace: string, job: string): Promise<string> {
    return terminationMessage(this.#http, namespace, job);
  }

  private missing(object: ObjectName): Problem {
    const { namespace } = object;
    const why = namespace === undefined ? 'its kind is gone' : `there is no namespace ${namespace}`;
    const problem = new Problem('not_possible', `The Kubernetes ${this.name}: ${shownName(object)}: ${why}`);
    return namespace === undefined ? problem : new MissingThings(problem, [this.namespaceThing(namespace)]);
  }

  close(): void {
    this.#http.close();
  }
}
