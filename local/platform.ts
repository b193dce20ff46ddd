/** The whole platform on a laptop: local AWS, a database for each environment, a SIEM. Nothing is deployed yet. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../lib/model/catalog.ts';
import { startLocalAws, type LocalAws } from './aws.ts';
import { closeAll } from './close-all.ts';
import { startPostgres, type LocalPostgres } from './databases/postgres.ts';
import { startSiem, type Siem } from './siem/start-siem.ts';
import { createLocalCertificates } from './tls.ts';

export interface Platform {
  readonly aws: LocalAws;
  /** The server behind each RDS identifier, by `<environment>/<identifier>`. */
  readonly databases: ReadonlyMap<string, LocalPostgres>;
  readonly siem: Siem;
  /** PEM of the authority that signed every server certificate of the run. */
  readonly ca: string;
  /** File with {@link Platform.ca}, for STRONGROOM_CERTIFICATE_AUTHORITIES and `psql`. */
  readonly caFile: string;
  /** Temporary folder of the run. */
  readonly folder: string;
  /** Ends every process. Can be called twice. */
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly catalog: Catalog;
  /** Temporary folder of the run; the caller that created it removes it. */
  readonly folder: string;
  /** Port of the gateway. @default a free one */
  readonly port?: number;
  /** Is told what is being started, as it starts. */
  readonly onProgress?: (what: string) => void;
  /** Aborts the start; what was up is ended again. */
  readonly signal?: AbortSignal;
}

/** @throws what the part that would not start throws, after ending the others. */
export const startPlatform = async ({
  catalog,
  folder,
  port,
  onProgress,
  signal,
}: PlatformOptions): Promise<Platform> => {
  const closers: (() => Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= closeAll(closers, 'The local platform'));
  const begin = (what: string): void => {
    signal?.throwIfAborted();
    onProgress?.(what);
  };

  try {
    const siemAddresses = addressesOf(catalog);
    const certificates = await createLocalCertificates(siemAddresses.map(({ hostname }) => hostname));
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, certificates.ca);

    begin('SIEM receiver');
    const siem = await startSiem({ certificates });
    closers.push(() => siem.stop());

    begin('local AWS');
    const aws = await startLocalAws({
      accounts: [...new Set(catalog.environments.map(({ account }) => account))],
      region: catalog.environments[0]?.region ?? 'us-east-1',
      lambdaEnvironment: {
        STRONGROOM_CERTIFICATE_AUTHORITIES: caFile,
        // The functions have the address of the catalog, as on AWS; what they send there arrives at the receiver.
        STRONGROOM_LOCAL_ADDRESSES: JSON.stringify(
          Object.fromEntries(
            siemAddresses.map(({ hostname, port }) => [`${hostname}:${port}`, Number(new URL(siem.url).port)]),
          ),
        ),
      },
      ...(port !== undefined && { port }),
    });
    closers.push(() => aws.stop());

    const databases = new Map<string, LocalPostgres>();
    for (const { environment, account, identifier, dbname } of rdsInstances(catalog)) {
      begin(`PostgreSQL ${environment}/${identifier}`);
      const database = await startPostgres({ certificates, databases: [dbname] });
      closers.push(() => database.stop());
      databases.set(`${environment}/${identifier}`, database);
      await aws.rds.register({
        account,
        identifier,
        engine: 'postgres',
        host: database.host,
        port: database.port,
        dbname,
        adminUser: database.adminUser,
        adminPassword: database.adminPassword,
        manageMasterUserPassword: true,
      });
    }
    return { aws, databases, siem, ca: certificates.ca, caFile, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Host and port of each SIEM that the catalog names, once. */
const addressesOf = ({ environments }: Catalog): { hostname: string; port: string }[] => {
  const urls = new Set(
    environments.flatMap(({ destinations }) => destinations.flatMap((one) => ('url' in one ? one.url : []))),
  );
  return [...urls].map((url) => {
    const { hostname, port } = new URL(url);
    return { hostname, port: port === '' ? '443' : port };
  });
};

interface RdsInstance {
  readonly environment: string;
  readonly account: string;
  readonly identifier: string;
  readonly dbname: string;
}

/** Each RDS identifier that the catalog names, once an environment. */
const rdsInstances = (catalog: Catalog): RdsInstance[] => {
  const instances = new Map<string, RdsInstance>();
  for (const { name: environment, account, applications } of catalog.environments) {
    for (const { database } of applications.flatMap(({ secrets }) => secrets)) {
      if (!database || !('rds' in database.host)) continue;
      const identifier = database.host.rds;
      instances.set(`${environment}/${identifier}`, { environment, account, identifier, dbname: database.dbname });
    }
  }
  return [...instances.values()];
};
