/** How this client answers the methods by which a server asks for a password, where the driver's own way does not do. */
import { authPlugins as driverPlugins, type AuthPlugin } from 'mysql2';
import type { TlsMode } from '../port.ts';
import { ed25519Answer } from './ed25519.ts';

/**
 * Without TLS a server that wants the password itself (`caching_sha2_password` at the first login after a change,
 * `sha256_password` always) sends a key to encrypt it with, and a server in between can send its own. As MySQL's own
 * programs do by default, this client then refuses, before it has sent anything that reveals the password.
 */
export const authPlugins = (tls: TlsMode): Readonly<Record<string, AuthPlugin>> => ({
  client_ed25519: ed25519Plugin,
  ...(tls.mode === 'off' && {
    caching_sha2_password: driverPlugins.caching_sha2_password({
      overrideIsSecure: false,
      onServerPublicKey: refusePlaintext,
    }),
    sha256_password: driverPlugins.sha256_password({ onServerPublicKey: refusePlaintext }),
  }),
});

const ed25519Plugin: AuthPlugin =
  ({ connection }) =>
  (challenge) =>
    ed25519Answer(connection.config.password ?? '', challenge);

const refusePlaintext = (): never => {
  throw Object.assign(
    new Error(
      'the server wants the password itself, and the connection is not encrypted: use TLS, or give the user a method that answers a challenge (mysql_native_password, ed25519)',
    ),
    { code: 'STRONGROOM_PLAINTEXT' },
  );
};
