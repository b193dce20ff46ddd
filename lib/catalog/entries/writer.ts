/** Which server rotations connect to: `rotation.host` where applications connect elsewhere, else `host`. */
import type { AnySecret } from '../schema/secret.ts';
import type { Path } from '../messages/show-value.ts';
import type { Remains } from '../source/structure.ts';

type Source = Pick<Remains<AnySecret>, 'host' | 'port' | 'rotation'>;

export interface Writer extends Pick<Source, 'host' | 'port'> {
  /** Where the catalog says it, below the secret. */
  readonly at: Path;
}

export const writerOf = ({ host, port, rotation }: Source): Writer => {
  const apart = typeof rotation === 'object' ? rotation : undefined;
  return apart?.host === undefined ? { host, port, at: [] } : { host: apart.host, port: apart.port, at: ['rotation'] };
};
