/** How often a secret rotates and in which window: what it says itself, completed by its class. */
import type { ClassDefaults } from './class-defaults.ts';
import type { AnySecret } from '../schema/secret.ts';
import { hoursOf } from '../words/scalars.ts';
import type { Remains } from '../source/structure.ts';
import { parseWindow, type Window } from '../schema/window.ts';

export type RotationRule =
  | { readonly kind: 'manual' }
  /** Says that it rotates, but neither the secret nor its class how often. */
  | { readonly kind: 'unknown-interval' }
  | {
      readonly kind: 'automatic';
      /** As in the catalog. */
      readonly every: string;
      readonly everyHours: number;
      /** As in the catalog. */
      readonly windowText: string;
      /** Absent: at any time. */
      readonly window?: Window;
      /** As in the catalog; absent if neither the secret nor its class has one. */
      readonly grace?: string;
    };

export const rotationRule = (rotation: Remains<AnySecret>['rotation'], defaults: ClassDefaults): RotationRule => {
  if (rotation === 'manual') return { kind: 'manual' };
  const every = rotation?.every ?? defaults.every;
  if (every === undefined) return { kind: rotation === undefined ? 'manual' : 'unknown-interval' };
  const windowText = rotation?.window ?? defaults.window;
  const window = parseWindow(windowText);
  const grace = rotation?.grace ?? defaults.grace;
  return {
    kind: 'automatic',
    every,
    everyHours: hoursOf(every),
    windowText,
    ...('hours' in window && { window: window as Window }),
    ...(grace !== undefined && { grace }),
  };
};
