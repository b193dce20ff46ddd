/** Finds the second user of `alternating-users` after its secret has left that strategy. Changes nothing. */
import { alternateSuffix, type Notice } from '../../../lib/contract/index.ts';
import { readAdmin } from '../core/admin.ts';
import { desiredValue } from '../core/desired-value.ts';
import { readCurrent } from '../core/rotation.ts';
import { addressOf, parseValue } from '../core/secret-value.ts';
import { versionWith } from '../core/stages.ts';
import type { OpenSecret } from '../steps/open-rotation.ts';

/** Nothing while the second user is current or previous: the next rotation or the sweep ends it. */
export const remainingUser = async (opened: OpenSecret): Promise<readonly Notice[]> => {
  const { strategy, settings, secret, ports } = opened;
  const { inspectUser, cloneUser } = ports.database;
  if (strategy.name === 'alternating-users' || strategy.name === 'admin' || !inspectUser || !cloneUser) return [];
  if (settings.username === undefined) return [];
  const twin = `${settings.username}${alternateSuffix}`;
  const { value: current } = await readCurrent(opened);
  const value = await desiredValue(opened, current, current['password']);
  const admin = await readAdmin(opened, value);
  if (!admin || value.username === twin || (await previousUser(opened)) === twin) return [];
  const address = await addressOf(value, `secret ${secret.name}`, opened);
  const { password, barrier } = await inspectUser(address, admin, { username: twin, password: value.password });
  if (password === 'no-such-user' || barrier?.kind === 'disabled') return [];
  return [
    {
      code: 'user-remains',
      message: `User "${twin}" exists and can log in, and no rotation of this secret ends it. It may be the second user of alternating-users, which this secret has left. Before you drop it, check that no application uses it and that it owns nothing`,
    },
  ];
};

const previousUser = async ({ ports, secret }: OpenSecret): Promise<unknown> => {
  const versionId = versionWith(secret.stages, 'AWSPREVIOUS');
  const previous = versionId === undefined ? undefined : await ports.versions.read(secret.arn, { versionId });
  return previous && parseValue(previous.value, `secret ${secret.name}, AWSPREVIOUS`)['username'];
};
