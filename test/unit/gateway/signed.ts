/** A request as an SDK would sign it. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { httpMessage, type HttpMessage } from '../../../local/gateway/wire/http-message.ts';

export type RequestParts = Pick<HttpMessage, 'method' | 'url' | 'headers' | 'body'>;

export const signed = async (
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
  service: string,
  { method = 'POST', url = '/', headers = {}, body = Buffer.from('{}') }: Partial<RequestParts> = {},
  signingDate = new Date(),
): Promise<HttpMessage> => {
  const [path = '', search = ''] = url.split('?');
  const signer = new SignatureV4({
    credentials,
    region: 'eu-west-1',
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const request = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1:1234',
      path,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: { host: '127.0.0.1:1234', ...headers },
      body,
    },
    { signingDate },
  );
  return httpMessage({ method, url, headers: request.headers, body });
};

export class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as NodeJS.ArrayBufferView);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}
