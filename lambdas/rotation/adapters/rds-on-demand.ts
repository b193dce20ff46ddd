/** RDS, loaded with the first secret that names an instance or a cluster: many name a host, and the client is 110 kB. */
import type { Deadline } from '../../runtime/deadline.ts';
import type { Instances } from '../core/ports.ts';

type Connected = (deadline: Deadline) => Instances;

/** For the entry of a function, once: the client is shared by its invocations. */
export const rdsOnDemand = (): Connected => {
  let connected: Promise<Connected> | undefined;
  const connect = (): Promise<Connected> => (connected ??= load());
  return (deadline) => ({
    describe: async (id) => (await connect())(deadline).describe(id),
    setMasterPassword: async (id, password) => (await connect())(deadline).setMasterPassword(id, password),
  });
};

const load = async (): Promise<Connected> => {
  const { rdsClient, rdsInstances } = await import('./rds.ts');
  const client = rdsClient();
  return (deadline) => rdsInstances(client, deadline);
};
