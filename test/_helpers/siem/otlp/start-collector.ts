/** The OTLP receiver of the OpenTelemetry Collector itself, for one test. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import getPort from 'get-port';
import { makeServerProcess } from '../../../../local/databases/server-process.ts';
import { buildCollector } from '../../../../local/siem/otlp-collector/build.ts';
import type { LocalCertificates } from '../../../../local/tls.ts';
import type { ReceiverAddress } from '../../destination-contract.ts';
import { readLogRecords, type LogRecord } from './read-log-records.ts';

export interface Collector {
  readonly address: ReceiverAddress;
  /** As the Collector has read them. */
  records(): Promise<readonly LogRecord[]>;
  stop(): Promise<void>;
}

/** @throws Error if it can't be built. */
export const startCollector = async ({ cert, key }: LocalCertificates): Promise<Collector> => {
  const program = await buildCollector();
  const process = await makeServerProcess({ label: 'Collector', outputName: 'records.jsonl' });
  const stop = async () => {
    await process.end();
    await process.remove();
  };
  try {
    const [host, port] = ['127.0.0.1', await getPort({ host: '127.0.0.1' })];
    const files = [await process.write('cert.pem', cert), await process.write('key.pem', key)];
    await process.start([program, `${host}:${port}`, ...files], () => accepts(host, port));
    return { address: { host, port }, records: () => readRecords(process.outputFile), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const accepts = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

/** Each batch is a line of OTLP JSON. */
const readRecords = async (file: string): Promise<readonly LogRecord[]> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  return lines.flatMap((line) => {
    const read = readLogRecords(JSON.parse(line));
    if (typeof read === 'string') throw new Error(`the Collector wrote records that are not valid: ${read}`);
    return read;
  });
};
