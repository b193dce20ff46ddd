import https from 'node:https';
import { Socket } from 'node:net';
import { setTimeout } from 'node:timers';

/**
 * Runs first in every Lambda worker: puts a session of the function's own role, which the gateway hands out, in the place of
 * the keys that the emulator injects.
 *
 * It is in the environment, as on AWS, and at the address of the container credentials too. A function whose role
 * can't be assumed begins without, so that its first call fails with the reason.
 */
const { STRONGROOM_GATEWAY: gateway, _LAMBDA_FUNCTION_ARN: functionArn, STRONGROOM_WORKER_TOKEN: token } = process.env;

for (const name of [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'STRONGROOM_GATEWAY',
  'STRONGROOM_NODE',
  'STRONGROOM_PRELOAD',
  'STRONGROOM_WORKER_TOKEN',
]) {
  Reflect.deleteProperty(process.env, name);
}

if (functionArn !== undefined && gateway !== undefined && token !== undefined) {
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${gateway}/_strongroom/credentials/lambda/${encodeURIComponent(functionArn)}`;
  process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN = token;
  await openSession(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, token);
}

async function openSession(address, authorization) {
  const response = await fetch(address, { headers: { authorization }, signal: AbortSignal.timeout(10_000) });
  const session = await response.json();
  if (!response.ok) {
    console.error(`No session of the function's role: ${JSON.stringify(session)}`);
    return;
  }
  process.env.AWS_ACCESS_KEY_ID = session.AccessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = session.SecretAccessKey;
  process.env.AWS_SESSION_TOKEN = session.Token;
  // AWS ends a worker before its session ends; this one is not ended, so the SDK reads the environment again.
  process.env.AWS_CREDENTIAL_EXPIRATION = session.Expiration;
  const halfTimeMs = (Date.parse(session.Expiration) - Date.now()) / 2;
  setTimeout(() => {
    openSession(address, authorization).catch((error) => {
      console.error(`No further session of the function's role: ${error.message}`);
    });
  }, halfTimeMs).unref();
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

// `host:port` to a port of 127.0.0.1. TLS still asks the server for a certificate of the host.
const addresses = JSON.parse(process.env.STRONGROOM_LOCAL_ADDRESSES ?? '{}');
Reflect.deleteProperty(process.env, 'STRONGROOM_LOCAL_ADDRESSES');
const { connect } = Socket.prototype;
Socket.prototype.connect = function connectLocally(...given) {
  // Callers inside of Node hand over the arguments as one list.
  const [target] = Array.isArray(given[0]) ? given[0] : given;
  const port = addresses[`${target?.host}:${target?.port}`];
  if (port !== undefined) Object.assign(target, { host: '127.0.0.1', port });
  return connect.apply(this, given);
};

// The emulator may be killed: its workers must not outlive it, whatever handles the function left open.
process.stdin.once('close', () => process.exit());
