import { type ComponentType, lazy } from 'react';

/** A component whose code is loaded when it is first shown. @param name its name among what the module exports. */
export const lazily = <Name extends string, Props>(
  load: () => Promise<Record<Name, ComponentType<Props>>>,
  name: Name,
) => lazy(async () => ({ default: (await load())[name] }));
