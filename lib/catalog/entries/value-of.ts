/** Who makes the value of a secret. */
import type { ClassDefaults } from './class-defaults.ts';
import type { SecretSource } from '../schema/application.ts';
import type { Remains } from '../source/structure.ts';

/** A secret that exists has its value already, whatever its class says. */
export const valueOf = (
  { value, adopt }: Pick<Remains<SecretSource>, 'value' | 'adopt'>,
  defaults: ClassDefaults,
): 'generated' | 'supplied' => value ?? (adopt === undefined ? defaults.value : 'supplied');
