import { API, hasNoSuchRoute, succeeded } from './answers.js';
import type { PortalHttp } from './http.js';
import { Shapes } from './shapes.js';

/** The actions of this service in a portal, by the portal's own action numbers, which never change their meaning. */
export const ACTIONS = {
  'finalizers (delete a data product)': 304,
  'the lifecycle Ready (update a data product)': 301,
  'technical assets (create a technical asset)': 309,
} as const;

/** The same for an output port of a schema. */
export const PORT_ACTIONS = {
  'output ports (create an output port)': 103,
  'their links (request a link of a technical asset)': 312,
  'their links (approve a link of a technical asset)': 409,
} as const;

/** The permissions of the key in the portal. Throws {@link PortalError}. */
export class RightsClient {
  constructor(private readonly http: PortalHttp) {}

  /** Whether the user of the key may perform the action on any data product; undefined if this portal has no such query. */
  async allows(action: number): Promise<boolean | undefined> {
    const doing = 'asking what the key may do';
    const path = `${API}/authz/access/${action}`;
    const answer = await this.http.call({ method: 'GET', path, doing });
    if (hasNoSuchRoute(answer)) return undefined;
    const { allowed, access } = new Shapes(doing).object(succeeded(answer, doing));
    return (allowed ?? access) === true;
  }
}
