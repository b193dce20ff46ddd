import https from 'node:https';

/**
 * Runs first in every Lambda worker: takes away the keys that the emulator injects and points the SDK to the gateway,
 * which hands out sessions of the function's own role and refreshes them.
 */
const { STRONGROOM_GATEWAY: gateway, _LAMBDA_FUNCTION_ARN: functionArn, STRONGROOM_WORKER_TOKEN: token } = process.env;

for (const name of [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'STRONGROOM_GATEWAY',
  'STRONGROOM_WORKER_TOKEN',
]) {
  Reflect.deleteProperty(process.env, name);
}

if (functionArn !== undefined && gateway !== undefined && token !== undefined) {
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${gateway}/_strongroom/credentials/lambda/${encodeURIComponent(functionArn)}`;
  process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN = token;
}

// The emulator would turn every HTTPS request to a loopback address into plain HTTP. Ours are meant: the SIEM receiver
// speaks TLS, and a function must verify it as it would verify the real one.
for (const name of ['request', 'get']) {
  const original = https[name];
  Object.defineProperty(https, name, {
    enumerable: true,
    get: () => original,
    set(replacement) {
      void replacement;
    },
  });
}

// The emulator may be killed: its workers must not outlive it, whatever handles the function left open.
process.stdin.once('close', () => process.exit());
