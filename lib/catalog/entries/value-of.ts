/** Who makes the value of a secret. */
import type { ClassDefaults } from './class-defaults.ts';
import type { AnySecret } from '../schema/secret.ts';
import type { Remains } from '../source/structure.ts';

/** A secret that exists has its value already, whatever its class says. */
export const valueOf = (
  { value, adopt }: Pick<Remains<AnySecret>, 'value' | 'adopt'>,
  defaults: ClassDefaults,
): 'generated' | 'supplied' => value ?? (adopt === undefined ? defaults.value : 'supplied');
