/** One HTTPS request that trusts the given authority, answered as status and parsed JSON. */
import { request } from 'node:https';

export interface HttpsAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export const httpsRequest = (
  url: string,
  options: {
    readonly ca: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
  },
): Promise<HttpsAnswer> =>
  new Promise((resolve, reject) => {
    const { ca, method = 'POST', headers = {}, body } = options;
    const outgoing = request(url, { ca, method, headers, agent: false, timeout: 120_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url}`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
