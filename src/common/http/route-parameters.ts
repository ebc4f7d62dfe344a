import { ROUTE_ARGS_METADATA, type RouteParamtypes } from '@nestjs/common/internal';

/** Whether a handler has a parameter of this type. Decorators of parameters come before those of their method. */
export function takes(type: RouteParamtypes, controller: object, handler: string | symbol): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as object | undefined;
  return Object.keys(parameters ?? {}).some((each) => each.startsWith(`${type}:`));
}
