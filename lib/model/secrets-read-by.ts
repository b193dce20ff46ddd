/** What a consumer reads: secrets of its own application, and those that another one shares with it. */
import type { Application, Secret } from './catalog.ts';

export const secretsReadBy = (
  { secrets, uses = [] }: Pick<Application, 'secrets' | 'uses'>,
  consumer: string,
): Secret[] => [
  ...secrets.filter(({ readers }) => readers.includes(consumer)),
  ...uses.filter(({ readers }) => readers.includes(consumer)).map(({ secret }) => secret),
];
