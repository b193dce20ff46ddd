/** Signature Version 4 of a request: what it claims, and whether the claim holds. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HttpMessage } from '../wire/http-message.ts';

export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly region: string;
  /** Signing name of the service. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Of `x-amz-date`. */
  readonly signedAt: Date;
}

/** What the request claims in its headers; nothing where it is not signed, `malformed` where that can't be read. */
export const readClaim = ({ headers }: Pick<HttpMessage, 'headers'>): SignatureClaim | 'malformed' | undefined => {
  const header = headers['authorization'];
  if (header === undefined) return undefined;
  const match = authorization.exec(header);
  const signedAt = amzDate.exec(headers['x-amz-date'] ?? '');
  if (!match?.groups || !signedAt) return 'malformed';
  const { key = '', region = '', service = '', headers: signed = '', signature = '' } = match.groups;
  const [, year, month, day, hour, minute, second] = signedAt;
  return {
    accessKeyId: key,
    region,
    service,
    signedHeaders: signed.split(';'),
    signature,
    signedAt: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  };
};

/** Signs the request again with the key's secret and compares; the body must have the hash that was signed. */
export const isGenuine = async (
  message: HttpMessage,
  claim: SignatureClaim,
  secretAccessKey: string,
): Promise<boolean> => {
  if (!claim.signedHeaders.includes('host')) return false;
  const declaredHash = message.headers['x-amz-content-sha256'];
  if (declaredHash !== undefined && /^[0-9a-f]{64}$/.test(declaredHash) && declaredHash !== sha256(message.body)) {
    return false;
  }
  const signer = new SignatureV4({
    credentials: { accessKeyId: claim.accessKeyId, secretAccessKey },
    region: claim.region,
    service: claim.service,
    sha256: NodeSha256,
    uriEscapePath: claim.service !== 's3',
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: message.method,
      protocol: 'http:',
      hostname: message.headers['host'] ?? '',
      path: message.path,
      query: queryBag(message.query),
      headers: {
        ...Object.fromEntries(claim.signedHeaders.map((name) => [name, message.headers[name] ?? ''])),
        // Not signed by every client, and needed to know the payload's hash.
        ...(declaredHash !== undefined && { 'x-amz-content-sha256': declaredHash }),
      },
      body: message.body,
    },
    {
      signingDate: claim.signedAt,
      signableHeaders: new Set(claim.signedHeaders),
      unsignableHeaders: new Set(claim.signedHeaders.includes('x-amz-content-sha256') ? [] : ['x-amz-content-sha256']),
    },
  );
  const expected = /Signature=([0-9a-f]+)/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
  return (
    expected.length === claim.signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))
  );
};

const authorization =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/,\s]+)\/\d{8}\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request,\s*SignedHeaders=(?<headers>[^,\s]+),\s*Signature=(?<signature>[0-9a-f]{64})$/;
const amzDate = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

const queryBag = (query: URLSearchParams): Record<string, string | string[]> =>
  Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));

/** Node's SHA-256 and HMAC in the shape that the signer asks for. */
class NodeSha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

const bytes = (source: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
};
