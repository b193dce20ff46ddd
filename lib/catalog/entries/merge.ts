/** What an application is in one environment: its file, with the overrides of that environment laid over it. */
import type { ApplicationSource, UseSource } from '../schema/application.ts';
import type { AnyConsumer } from '../schema/consumer.ts';
import type { AnySecret } from '../schema/secret.ts';
import type { Remains } from '../source/structure.ts';
import { isMapping } from '../source/value-at.ts';

export interface Merged {
  readonly consumers: Readonly<Record<string, Remains<AnyConsumer>>>;
  readonly secrets: Readonly<Record<string, Remains<AnySecret>>>;
  readonly uses: Readonly<Record<string, Remains<UseSource>>>;
  /** What the secrets have under `rotation` where they say nothing else. */
  readonly rotation: { readonly network?: string | undefined };
}

/** Keys whose mapping is one choice of several forms: an override replaces it whole. */
const replacedWhole: ReadonlySet<string> = new Set([
  'host',
  'tls',
  'admin',
  'exception',
  'adopt',
  'generate',
  'sharedWith',
]);

/** Mappings are merged key by key; words, numbers, lists, consumers, uses and {@link replacedWhole} are replaced. */
export const mergeOverrides = (application: Remains<ApplicationSource>, environment: string): Merged => {
  const override = isMapping(application.overrides) ? ownValue(application.overrides, environment) : undefined;
  const { consumers, secrets, uses, rotation } = (override ?? {}) as Partial<Record<keyof Merged, unknown>>;
  return {
    consumers: { ...application.consumers, ...definedIn(consumers) } as Merged['consumers'],
    secrets: merge(application.secrets ?? {}, secrets) as Merged['secrets'],
    uses: { ...application.uses, ...definedIn(uses) } as Merged['uses'],
    rotation: { ...application.rotation, ...definedIn(rotation) },
  };
};

const merge = (base: unknown, override: unknown): unknown => {
  if (!isMapping(base) || !isMapping(override)) return override ?? base;
  const changed = Object.entries(definedIn(override)).map(([key, value]) => [
    key,
    replacedWhole.has(key) ? value : merge(ownValue(base, key), value),
  ]);
  return { ...base, ...(Object.fromEntries(changed) as object) };
};

const ownValue = (data: object, key: string): unknown =>
  Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined;

const definedIn = (data: unknown): Record<string, unknown> =>
  isMapping(data) ? Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) : {};
