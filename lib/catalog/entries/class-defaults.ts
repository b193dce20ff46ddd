/** What a class gives a secret: the facts of the class, changed by `classes` in organisation.yaml. */
import { classFacts, type ClassFacts, type SecretClass } from '../../contract/index.ts';
import type { ClassDefaultsSource } from '../schema/organisation.ts';
import type { Remains } from '../source/structure.ts';

export type ClassDefaults = ClassFacts;

/** The defaults of a class in an organisation. */
export const defaultsOf = (
  name: SecretClass,
  organisation: Remains<ClassDefaultsSource> | undefined,
): ClassDefaults => {
  const own: ClassFacts = classFacts[name];
  const rotation = organisation?.rotation;
  const asked = rotation === 'manual' ? { every: undefined } : { every: rotation?.every ?? own.every };
  const window = rotation === 'manual' ? own.window : (rotation?.window ?? own.window);
  const grace = rotation === 'manual' ? own.grace : (rotation?.grace ?? own.grace);
  return { ...own, ...asked, window, grace, sensitivity: organisation?.sensitivity ?? own.sensitivity };
};
